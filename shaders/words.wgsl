// The elements of rows as work-items take and give them: a word each. Needs `logit`.

const EACH = 1u;  // elements a word

fn element(i: u32) -> f32 { return logit(x[i]); }

// The word of `a`; with two elements a word, of `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return bitcast<u32>(a); }
