// The operations of `probes` on one number at a time. Needs `rounding`.

alias Numbers = f32;
alias Bits = u32;

fn guarded_numbers(x: Numbers) -> Numbers { return guarded(x); }
fn settled_numbers(x: Numbers) -> Numbers { return settled(x); }

fn equal(a: f32, b: f32) -> u32 { return select(0u, 1u, bitcast<u32>(a) == bitcast<u32>(b)); }

// The results that integers decide: halves, and the numbers of right quotients, roots, and quotients by one divisor.
fn integer_results(at: Place, first: bool, others: bool, y: ptr<function, Results>) {
    for (var k = 0u; k < 3u; k++) { (*y)[8u + k] = canonical_half(operand(at, first, 16u + k)); }
    (*y)[21] = canonical_half(operand(at, first, INPUTS - 2u));
    (*y)[22] = widened(u32(operand(at, first, INPUTS - 1u)));
    let d = 29u + 3u * PAIRS; // dividends, divisors and quotients
    let r = d + 3u * HARD;    // squares and roots
    let e = r + 2u * HARD;    // dividends and quotients of one divisor
    var quotients = 0u;
    var roots = 0u;
    var of_one_divisor = 0u;
    for (var k = 0u; k < parameters.hard; k++) {
        let quotient = canonical_divide(operand(at, first, d + k), operand(at, others, d + HARD + k));
        quotients += equal(quotient, operand(at, others, d + 2u * HARD + k));
        roots += equal(canonical_sqrt(operand(at, first, r + k)), operand(at, others, r + HARD + k));
    }
    for (var k = 0u; k < parameters.hard; k++) {
        let quotient = canonical_divide(operand(at, first, e + k), operand(at, others, 27u));
        of_one_divisor += equal(quotient, operand(at, others, e + HARD + k));
    }
    (*y)[16] = f32(quotients);
    (*y)[17] = f32(roots);
    (*y)[18] = f32(of_one_divisor);
}
