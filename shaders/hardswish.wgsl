// hardswish, for operands and results that are not subnormal (NUMERICS.md section 11). Needs `basic`.

fn unary_function(x: f32) -> f32 {
    let raised = add(x, 3.0);
    let positive = select(0.0, raised, raised > 0.0);
    let gate = mul(select(6.0, positive, positive < 6.0), bitcast<f32>(0x3e2aaaabu)); // fl(1/6)
    return positive_zero(mul(x, gate));
}
