// The operations of `probes` on four numbers at a time.

alias Numbers = vec4<f32>;
alias Bits = vec4<u32>;

fn guarded_numbers(x: Numbers) -> Numbers { return guarded4(x); }
fn settled_numbers(x: Numbers) -> Numbers { return settled4(x); }

// What integers decide is computed one number at a time, in all kernels.
fn integer_results(at: Place, first: bool, others: bool, y: ptr<function, Results>) {}
