/**
 * Lower case of the letters A to Z alone. Unicode's lower case makes a `k` of the Kelvin sign, so that a name which is none would
 * pass for another's.
 */
export const asciiLower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
