// Brings a tensor from one layout to another: an invocation per word of y. Nothing is rounded, so no device changes a
// value. Needs `rounding`.
//
// buffers     x, y: rows of `stride` words, of which the first elements of a row are the tensor's, in C order
// parameters  count: elements; words: of y; x_columns, x_stride, y_columns, y_stride: elements of a row, and words from
//             one row to the next; padding: the bits of words that have no element; zero: 0
// constants   GROUP: invocations per work-group; FROM and TO: the form of elements in x and y: 0 for words of 32 bits;
//             of binary16, 1 for an f32 each, 2 for two per word, the first in the low half

struct Parameters {
    count: u32,
    words: u32,
    x_columns: u32,
    x_stride: u32,
    y_columns: u32,
    y_stride: u32,
    padding: u32,
    zero: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// The bits of element i: of binary16, those of the f32 of the same value.
fn loaded(i: u32) -> u32 {
    let row = i / parameters.x_columns;
    let column = i % parameters.x_columns;
    if (FROM == 2u) {
        return bitcast<u32>(widened(x[row * parameters.x_stride + column / 2u] >> (column % 2u * 16u)));
    }
    return x[row * parameters.x_stride + column];
}

@compute @workgroup_size(GROUP)
fn relayout(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) item: u32) {
    let word_index = linear_group(group, groups) * GROUP + item;
    if (word_index >= parameters.words) { return; }
    let row = word_index / parameters.y_stride;
    let column = word_index % parameters.y_stride * select(1u, 2u, TO == 2u);
    let first = row * parameters.y_columns + column;
    let present = column < parameters.y_columns && first < parameters.count;
    var bits = parameters.padding;
    if (present) { bits = loaded(first); }
    if (TO == 2u && present) {
        let both = column + 1u < parameters.y_columns && first + 1u < parameters.count;
        bits = canonical_half_bits(bitcast<f32>(bits));
        if (both) { bits |= canonical_half_bits(bitcast<f32>(loaded(first + 1u))) << 16u; }
    }
    y[word_index] = bits;
}
