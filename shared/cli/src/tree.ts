/**
 * A tree as lines of text. Pure: colours are part of the labels, already made harmless.
 */
export interface TreeNode {
  readonly label: string;
  readonly children?: readonly TreeNode[];
}

export function renderTree(root: TreeNode): readonly string[] {
  const lines = [root.label];
  const draw = (nodes: readonly TreeNode[], indent: string): void => {
    for (const [index, node] of nodes.entries()) {
      const last = index === nodes.length - 1;
      lines.push(`${indent}${last ? '└─' : '├─'} ${node.label}`);
      draw(node.children ?? [], `${indent}${last ? '   ' : '│  '}`);
    }
  };
  draw(root.children ?? [], '');
  return lines;
}
