// y[i] = f(x[i], s) for a function of two operands, the second of which is one number. Needs a part that defines
// `binary_function`, and `words` or `halves`.
//
// buffers     x, y: n elements each, the padding of y +0
// parameters  n; rounds: words per invocation; scalar: the bits of s; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, rounds: u32, scalar: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// The result of element i of a word.
fn result_of(word: u32, i: u32) -> f32 {
    return binary_function(in_word(x[word], i), bitcast<f32>(parameters.scalar));
}

@compute @workgroup_size(GROUP)
fn map_scalar(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
              @builtin(local_invocation_index) item: u32) {
    var word = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && word * EACH < parameters.n; k++) {
        var second = 0.0;
        if (EACH == 2u && 2u * word + 1u < parameters.n) { second = result_of(word, 1u); }
        y[word] = word_with(result_of(word, 0u), second);
        word += GROUP;
    }
}
