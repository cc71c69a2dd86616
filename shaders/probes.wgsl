// The results of single operations on this compiler and device, in the forms that kernels have: groups of many
// invocations, one number or four at a time, loops, and operands that are each invocation's own or uniform in a group.
// Needs `rounding` and `one_number` or `four_numbers`.
//
// buffers     own[2][INPUTS][ELEMENTS], uniforms[2][INPUTS], out[2][OUTPUTS][6][ELEMENTS] (bit patterns)
// parameters  launch: 0 with `one_number`, 1 with `four_numbers`; pairs: PAIRS; hard: HARD; zero: 0
// constants   GROUP: invocations that have ELEMENTS together; PAIRS: products of the loop; HARD: the number of
//             quotients, of roots, and of quotients by one divisor; INPUTS = 31 + 3·PAIRS + 7·HARD; OUTPUTS: 23
//
// Groups 0 and 1 have operands of their own, 2 and 3 uniform ones, 4 and 5 a first operand of their own and others that
// are uniform. Even groups have the data of the probes, odd ones those of their controls, in every element. Inputs come
// from buffers, so that the compiler folds nothing. Required probes are written as in the kernels, with guarded
// products and settled sums; probes for information only have bare operations.

struct Parameters { launch: u32, pairs: u32, hard: u32, zero: u32 }

@group(0) @binding(0) var<storage, read> own: array<Numbers>;
@group(0) @binding(1) var<storage, read> uniforms: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<Bits>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

alias Results = array<Numbers, OUTPUTS>;

// Where this invocation's operands begin in `own`, and its group's in `uniforms`.
struct Place { own: u32, uniforms: u32 }

fn operand(at: Place, is_uniform: bool, slot: u32) -> Numbers {
    if (is_uniform) { return Numbers(uniforms[at.uniforms + slot]); }
    return own[at.own + slot * GROUP];
}

// The results of one form: the first operand of each operation, and the others, are uniform or not.
fn results(at: Place, first: bool, others: bool) -> Results {
    var y: Results;
    let a = operand(at, first, 0u);
    let b = operand(at, others, 1u);
    let c = operand(at, others, 2u);
    y[0] = settled_numbers(guarded_numbers(a * b) + c);
    y[1] = guarded_numbers(operand(at, first, 3u) * operand(at, others, 4u));
    y[2] = settled_numbers(operand(at, first, 5u) + operand(at, others, 6u));
    y[3] = settled_numbers(operand(at, first, 7u) + operand(at, others, 8u));
    let two = settled_numbers(operand(at, first, 9u) + operand(at, others, 10u));
    y[4] = settled_numbers(two + operand(at, others, 11u));
    let large = operand(at, first, 12u);
    let small = operand(at, others, 13u);
    let s = settled_numbers(large + small);
    let t = settled_numbers(s - large);
    y[5] = settled_numbers(settled_numbers(large - settled_numbers(s - t)) + settled_numbers(small - t));
    let x = operand(at, first, 14u);
    y[6] = guarded_numbers(guarded_numbers(x + 12582912.0) - 12582912.0); // 1.5·2^23
    var sum = operand(at, first, 15u);
    for (var k = 29u; k < 29u + parameters.pairs; k++) {
        sum = settled_numbers(sum + guarded_numbers(operand(at, first, k) * operand(at, others, k + PAIRS)));
    }
    y[7] = sum;
    y[11] = a * b + c;
    y[12] = (x + 12582912.0) - 12582912.0;
    y[13] = guarded_numbers(operand(at, first, 19u) * operand(at, others, 20u));
    y[14] = guarded_numbers(operand(at, first, 21u) * operand(at, others, 22u));
    var plain_sum = operand(at, first, 23u);
    for (var k = 29u + 2u * PAIRS; k < 29u + 2u * PAIRS + parameters.pairs; k++) {
        plain_sum = settled_numbers(plain_sum + operand(at, first, k));
    }
    y[15] = plain_sum;
    let product = guarded_numbers(operand(at, first, 24u) * operand(at, others, 25u));
    y[19] = guarded_numbers(product * operand(at, others, 26u));
    y[20] = guarded_numbers(guarded_numbers(operand(at, first, 28u) * 1.1) * 1.3);
    return y;
}

@compute @workgroup_size(GROUP)
fn probes(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
          @builtin(local_invocation_index) item: u32) {
    let number = linear_group(group, groups);
    let at = Place(number % 2u * INPUTS * GROUP + item, number % 2u * INPUTS);
    let form = number / 2u;
    var y: Results;
    if (form == 0u) {
        y = results(at, false, false);
    } else if (form == 1u) {
        y = results(at, true, true);
    } else {
        y = results(at, false, true);
    }
    integer_results(at, form == 1u, form != 0u, &y);
    for (var k = 0u; k < OUTPUTS; k++) {
        out[((parameters.launch * OUTPUTS + k) * 6u + number) * GROUP + item] = bitcast<Bits>(y[k]);
    }
}
