// Elements that are the differences between a network's outputs and their targets. `first_target` is a private
// variable: the index of the batch's first target.

fn element(i: u32) -> f32 { return sub(y[i], targets[first_target + i]); }
