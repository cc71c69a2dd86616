// The elements of x. Needs `words` or `halves`.

fn element(i: u32) -> f32 { return in_word(x[i / EACH], i); }
