// fib(n) modulo 2^32 as a tree of calls: fib(k) calls fib(k - 1) and fib(k - 2), down to the leaves fib(1) and fib(0).
// The calls at the top have split it into subtrees; an invocation evaluates one of them, a call a round, and adds up its
// leaves. A call's second one waits while the first is evaluated: those that wait differ from one another, so they are
// the bits of a word, and the least of them is the next. Needs `group_sum`.
//
// buffers     leaves[2]: the values of fib(0) and fib(1); parts: one per work-group
// parameters  n: subtrees; larger: those of them that are fib(argument), ahead of all others, which are
//             fib(argument - 1); argument: at most 33; zero: 0
// constants   GROUP: invocations per work-group, a power of two

struct Parameters { n: u32, larger: u32, argument: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> leaves: array<u32>;
@group(0) @binding(1) var<storage, read_write> parts: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(GROUP)
fn calls(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) item: u32) {
    let index = linear_group(group, groups);
    let subtree = index * GROUP + item;
    var sum = 0u;
    var waiting = 0u;
    var k = parameters.argument - select(1u, 0u, subtree < parameters.larger);
    var called = select(0u, 1u, subtree < parameters.n);
    while (called != 0u) {
        if (k >= 2u) {
            waiting |= 1u << (k - 2u);
            k -= 1u;
        } else {
            sum += leaves[k];
            called = waiting;
            k = countTrailingZeros(waiting);
            waiting &= waiting - 1u;
        }
    }
    sum = folded(item, sum);
    if (item == 0u && index < arrayLength(&parts)) { parts[index] = sum; }
}
