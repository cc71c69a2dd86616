// The elements of `reduce`: those of one array, or products of the elements of two arrays.
//
// constants   PRODUCTS: 1 for products, else 0

fn element(i: u32) -> f32 {
    if (PRODUCTS != 0u) { return mul(bitcast<f32>(x[i]), bitcast<f32>(with_x[i])); }
    return bitcast<f32>(x[i]);
}
