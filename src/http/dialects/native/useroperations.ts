// What the documents say of users, tokens and the audit.
import { done, json, made, type Operation } from '../../documents/operation.ts';
import { AuditPage, NewTokenAnswer, Token as TokenShape, TokenPage, User as UserShape, UserPage } from './people.ts';

const about = { tag: 'users', needs: 'admin!' } as const;
const lastAdmin = 'Nobody could administer cdrd after this.';
export const userOperations = {
  users: { ...{ id: 'listUsers', summary: 'A page of users', ...about }, answers: { 200: json(UserPage, 'A page.') } },
  addUser: {
    ...{ id: 'addUser', summary: 'Adds a user', ...about },
    answers: { 201: made(UserShape, 'The user.') },
    errors: { 409: 'There is a user of this name.' },
  },
  user: {
    ...{ id: 'getUser', summary: 'One user', ...about },
    answers: { 200: json(UserShape, 'The user.') },
    errors: { 404: 'There is no such user.' },
  },
  changeUser: {
    ...{ id: 'changeUser', summary: 'Changes a user, and ends its sessions', ...about },
    answers: { 200: json(UserShape, 'The user as it is now.') },
    errors: { 404: 'There is no such user.', 409: lastAdmin },
  },
  removeUser: {
    ...{ id: 'removeUser', summary: 'Removes a user, and ends its sessions', ...about },
    answers: { 204: done('It is removed.') },
    errors: { 404: 'There is no such user.', 409: lastAdmin },
  },
  tokens: {
    ...{ id: 'listTokens', summary: 'A page of tokens', ...about },
    answers: { 200: json(TokenPage, 'A page.') },
  },
  addToken: {
    ...{ id: 'addToken', summary: 'Makes a token', ...about },
    answers: { 201: made(NewTokenAnswer, 'The token, with its secret this once.') },
  },
  token: {
    ...{ id: 'getToken', summary: 'One token', ...about },
    answers: { 200: json(TokenShape, 'The token.') },
    errors: { 404: 'There is no such token.' },
  },
  revokeToken: {
    ...{ id: 'revokeToken', summary: 'Revokes a token', ...about },
    answers: { 204: done('It is revoked.') },
    errors: { 404: 'There is no such token that lives.', 409: lastAdmin },
  },
  audit: {
    ...{ id: 'listAudit', summary: 'What was done, by whom, when, from where', ...about },
    description: 'The newest first, or with `after` the oldest first.',
    answers: { 200: json(AuditPage, 'A page.') },
  },
} satisfies Record<string, Operation>;
