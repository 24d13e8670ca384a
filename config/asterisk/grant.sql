-- For the database Asterisk writes its cdr table to: a user for cdrd that may read that table and nothing else.
-- Choose a password of your own and give it to cdrd as CDRD_TABLE_PASSWORD.

CREATE USER 'cdrd'@'localhost' IDENTIFIED BY 'CHANGE-ME';
GRANT SELECT ON asteriskcdrdb.cdr TO 'cdrd'@'localhost';
