/**
 * `fn name(element) -> vec3u`: where an element lies in up to three operands, from `parameters.axes`, whose rows hold the
 * size of an axis and the operands' strides. Rows `first` to `first + count - 1` are walked, the last one fastest.
 */
export function walkOver(name: string, first: number, count: number): string {
  const steps: string[] = []
  for (let axis = first + count - 1; axis >= first; axis--) {
    // The outermost axis takes what is left.
    if (axis === first) steps.push(`  place += rest * parameters.axes[${axis}].yzw;`)
    else
      steps.push(`  {
    let axis = parameters.axes[${axis}];
    let next = rest / axis.x;
    place += (rest - next * axis.x) * axis.yzw;
    rest = next;
  }`)
  }
  return `fn ${name}(element: u32) -> vec3u {
  var place = vec3u(0u);
  ${count > 0 ? 'var rest = element;' : ''}
${steps.join('\n')}
  return place;
}
`
}
