// y[i] = f(a[i], b[i]) for a function of two operands. Needs a part that defines `binary_function`, and `words` or
// `halves`. `map`, `map2`, `map3` and `map_scalar` are separate files, since in WGSL the parameter block has one binding per
// module, after all buffers.
//
// buffers     a, b, y: n elements each, the padding of y +0
// parameters  n; rounds: words per invocation; zero: 0
// constants   GROUP: invocations per work-group

struct Parameters { n: u32, rounds: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

// The result of element i of a word.
fn result_of(word: u32, i: u32) -> f32 { return binary_function(in_word(a[word], i), in_word(b[word], i)); }

@compute @workgroup_size(GROUP)
fn binary(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    var word = linear_group(group, groups) * parameters.rounds * GROUP + item;
    for (var k = 0u; k < parameters.rounds && word * EACH < parameters.n; k++) {
        var second = 0.0;
        if (EACH == 2u && 2u * word + 1u < parameters.n) { second = result_of(word, 1u); }
        y[word] = word_with(result_of(word, 0u), second);
        word += GROUP;
    }
}
