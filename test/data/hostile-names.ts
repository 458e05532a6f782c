/** Names of classes that some program interprets as markup, keys, numbers or dates. */
export const hostileNames = [
  ...['none', 'primary_type', 'constructor', 'values', 'shape', '__proto__', 'toString'],
  ...['10', '9', '2', '1e3', '2024-05-01', 'null', 'NaN', 'true', '-0'],
  ...['<b>', '<br>', '&lt;', '<!--<script>', '</script>', '"quoted"', "it's", '`', '\\'],
  ...['🐍', '👩‍🔬', 'é', 'عربي', 'a, b', 'a;b', '$data', '$x$', '%{x}', '(none)', ' ', '#ff0000'],
];
