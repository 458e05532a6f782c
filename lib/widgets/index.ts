export { Control, checkbox, dropdown, type SliderOptions, slider, textField } from './controls';
export { type Interaction, interact, type Parameter, type ValuesOf } from './interact';
