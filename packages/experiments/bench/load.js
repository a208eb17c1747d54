/** Imports a peer from here, where the peers are installed. */
export const load = (specifier) => import(specifier)
