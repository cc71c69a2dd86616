// The operations of `attention` on four rows at a time, so that each load serves four rows. Needs `rounding` and
// `elementary`.

const ROWS = 4u;
alias Rows = vec4<f32>;

fn guarded_rows(x: Rows) -> Rows { return guarded4(x); }
fn settled_rows(x: Rows) -> Rows { return settled4(x); }

fn exp_of(x: Rows) -> Rows {
    return Rows(canonical_exp(x.x), canonical_exp(x.y), canonical_exp(x.z), canonical_exp(x.w));
}

fn quotient(x: Rows, y: Rows) -> Rows {
    return Rows(canonical_divide(x.x, y.x), canonical_divide(x.y, y.y), canonical_divide(x.z, y.z),
                canonical_divide(x.w, y.w));
}

fn half_of(x: Rows) -> Rows {
    return Rows(canonical_half(x.x), canonical_half(x.y), canonical_half(x.z), canonical_half(x.w));
}

// The rows of x from `first` on, those of y before it.
fn from_row(first: u32, x: Rows, y: Rows) -> Rows {
    return select(y, x, vec4<u32>(0u, 1u, 2u, 3u) >= vec4<u32>(first));
}

fn row_of(x: Rows, row: u32) -> f32 { return x[row]; }
