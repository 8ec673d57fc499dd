//! SSIMULACRA2 behind five functions that WebAssembly can call. Pictures are sRGB, three bytes per pixel, row by row.

use fast_ssim2::{CompareContext, LinearRgbImage, Ssimulacra2Reference, srgb_u8_to_linear};

/// A picture that others are compared with, and the room that a comparison needs.
pub struct Reference {
    pyramid: Ssimulacra2Reference,
    context: CompareContext,
}

/// Room for the pixels of one picture, which `release` gives back.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    Box::into_raw(vec![0u8; bytes].into_boxed_slice()).cast()
}

/// # Safety
/// `at` and `bytes` are those of one `allocate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn release(at: *mut u8, bytes: usize) {
    drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(at, bytes)) });
}

/// # Safety
/// `at` holds `width` × `height` pixels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn remember(at: *const u8, width: usize, height: usize) -> *mut Reference {
    let pyramid = Ssimulacra2Reference::new(unsafe { picture(at, width, height) }).expect("a size that is too large");
    let context = pyramid.compare_context();
    Box::into_raw(Box::new(Reference { pyramid, context }))
}

/// How like the reference the picture looks: 100 is identical.
///
/// # Safety
/// `reference` comes from `remember`, and `at` holds a picture of its size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn score(reference: *mut Reference, at: *const u8, width: usize, height: usize) -> f64 {
    let Reference { pyramid, context } = unsafe { &mut *reference };
    pyramid.compare_with(context, unsafe { picture(at, width, height) }).expect("another size than the reference")
}

/// # Safety
/// `reference` comes from `remember` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn forget(reference: *mut Reference) {
    drop(unsafe { Box::from_raw(reference) });
}

unsafe fn picture(at: *const u8, width: usize, height: usize) -> LinearRgbImage {
    let bytes = unsafe { std::slice::from_raw_parts(at, width * height * 3) };
    let data = bytes.as_chunks::<3>().0.iter().map(|pixel| pixel.map(srgb_u8_to_linear)).collect();
    LinearRgbImage::new(data, width, height)
}
