// Texts of the view Search: English, German.
export const search = {
  'search.title': ['Search', 'Suche'],
} as const;
