// The elements of `reduce`: those of one array, or products of the elements of two arrays. Needs `words` or `halves`.
//
// constants   PRODUCTS: 1 for products, else 0

fn element(i: u32) -> f32 {
    let a = in_word(x[i / EACH], i);
    if (PRODUCTS != 0u) { return mul(a, in_word(with_x[i / EACH], i)); }
    return a;
}
