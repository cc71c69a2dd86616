// Elements that are the differences of two arrays: what a network says, and what is right. `first_target` is a
// private variable, of a batch that begins there.

fn element(i: u32) -> f32 { return sub(y[i], targets[first_target + i]); }
