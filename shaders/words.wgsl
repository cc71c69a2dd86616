// The elements of rows as work-items take and give them: a word each. Needs `logit`.

const EACH = 1u;  // elements a word

// Of a word, its element i.
fn in_word(bits: u32, i: u32) -> f32 { return logit(bits); }

fn element(i: u32) -> f32 { return in_word(x[i], i); }

// The word of `a`; with two elements a word, of `a` and `b`.
fn word_with(a: f32, b: f32) -> u32 { return bitcast<u32>(a); }
