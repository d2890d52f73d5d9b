/** Colours of the pictures, told apart with every common colour vision; on white and on near black. */

/** Categories in turn (Observable's ten). A cluster's number always stands beside its colour. */
const categories = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#9c6b4e', '#ff8ab7', '#a463f2', '#97bbf5', '#3ca951', '#9498a0']

export const colourOf = (category: number): string => (category < 0 ? '#9498a0' : categories[category % categories.length]!)

/** What is one thing in a picture. */
export const accent = '#4269d0'
