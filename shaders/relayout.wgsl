// Brings a tensor from one layout to another: an invocation per word of y. Only integers are computed with, so no device
// changes a value.
//
// buffers     x, y: rows of `stride` words, of which the first elements of a row are the tensor's, in C order
// parameters  count: elements; words: of y; x_columns, x_stride, y_columns, y_stride: elements of a row, and words from
//             one row to the next; padding: the bits of words that have no element; zero: 0
// constants   GROUP: invocations per work-group; FROM and TO: the form of elements in x and y: 0 for words of 32 bits;
//             of binary16, 1 for an f32 each, 2 for two per word, the first in the low half, 3 for an f32 times 2^112
//
// No binary16 is subnormal, and no zero has a sign.

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
        let half_bits = (x[row * parameters.x_stride + column / 2u] >> (column % 2u * 16u)) & 0xffffu;
        let widened = ((half_bits & 0x8000u) << 16u) | (((half_bits & 0x7fffu) << 13u) + 0x38000000u);
        return select(widened, 0u, (half_bits & 0x7fffu) == 0u);
    }
    let bits = x[row * parameters.x_stride + column];
    return select(bits, bits - 0x38000000u, FROM == 3u && bits != 0u);
}

fn half_bits_of(bits: u32) -> u32 {
    return select(((bits >> 16u) & 0x8000u) | (((bits & 0x7fffffffu) - 0x38000000u) >> 13u), 0u, bits == 0u);
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
        bits = half_bits_of(bits);
        if (both) { bits |= half_bits_of(loaded(first + 1u)) << 16u; }
    }
    if (TO == 3u && bits != 0u) { bits += 0x38000000u; }
    y[word_index] = bits;
}
