/** Side of the square of one server in the picture, the head of a namespace, and the room around what is in a box; in the units of the picture. */
export const CELL = 24;
export const HEAD = 30;
export const PAD = 10;
/** Width of a letter of 13 units, and of one in bold, in a wide font. */
export const LETTER = 7.4;
export const BOLD_LETTER = 8.4;
