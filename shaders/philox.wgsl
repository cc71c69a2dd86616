// Philox4x32-10 of Salmon et al., SC'11 (NUMERICS.md section 3). Needs `rounding`.

const PHILOX_M0: u32 = 0xd2511f53u;
const PHILOX_M1: u32 = 0xcd9e8d57u;
const PHILOX_W0: u32 = 0x9e3779b9u;
const PHILOX_W1: u32 = 0xbb67ae85u;

fn philox_round(c: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    return vec4<u32>(high_product(PHILOX_M1, c.z) ^ c.y ^ key.x, PHILOX_M1 * c.z,
                     high_product(PHILOX_M0, c.x) ^ c.w ^ key.y, PHILOX_M0 * c.x);
}

// The four words of a block.
fn philox(counter: vec4<u32>, first_key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var key = first_key;
    for (var i = 0u; i < 5u; i++) {
        let next = key + vec2<u32>(PHILOX_W0, PHILOX_W1);
        c = philox_round(philox_round(c, key), next);
        key = next + vec2<u32>(PHILOX_W0, PHILOX_W1);
    }
    return c;
}
