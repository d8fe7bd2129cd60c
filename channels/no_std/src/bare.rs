//! What the standard library and the C library would bring: an entry, an exit, an allocator, a panic handler and the memory
//! functions that the compiler calls. For Linux on x86_64.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::{asm, global_asm};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const HEAP_BYTES: usize = 1 << 20;
const EXIT_PANIC: i32 = 101;

// The kernel enters here with the stack aligned to 16 bytes; the call keeps that promise to `entry`.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "call {entry}", "ud2", entry = sym entry);

extern "C" fn entry() -> ! {
    exit(crate::run())
}

/// Ends the process.
pub fn exit(code: i32) -> ! {
    // SAFETY: `exit_group`, number 231, takes the code and does not return.
    unsafe { asm!("syscall", in("rax") 231, in("rdi") code, options(noreturn)) }
}

/// Writes to the standard output, as far as it goes in one call.
pub fn print(text: &str) {
    // SAFETY: `write`, number 1, reads the text and nothing else; it changes `rax`, and a system call `rcx` and `r11`.
    unsafe {
        asm!("syscall", inout("rax") 1_usize => _, in("rdi") 1, in("rsi") text.as_ptr(), in("rdx") text.len(),
            out("rcx") _, out("r11") _, options(nostack, readonly));
    }
}

#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    exit(EXIT_PANIC)
}

/// Named by the tables of the precompiled `core`; nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Hands out memory from a fixed piece, and never takes any back.
struct Bump {
    heap: UnsafeCell<[u8; HEAP_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: each byte of the heap is handed out once; who claims it is decided by one atomic update of `used`.
unsafe impl Sync for Bump {}

#[global_allocator]
static HEAP: Bump = Bump {
    heap: UnsafeCell::new([0; HEAP_BYTES]),
    used: AtomicUsize::new(0),
};

// SAFETY: what is returned is null, or aligned, within the heap, and handed out to nobody else.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = self.heap.get().cast::<u8>();
        let place = |used: usize| {
            let start = (heap.addr() + used).checked_next_multiple_of(layout.align())? - heap.addr();
            let end = start.checked_add(layout.size())?;
            (end <= HEAP_BYTES).then_some((start, end))
        };
        match self
            .used
            .fetch_update(Relaxed, Relaxed, |used| place(used).map(|(_, end)| end))
        {
            Ok(used) => place(used).map_or(ptr::null_mut(), |(start, _)| heap.wrapping_add(start)),
            Err(_) => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _memory: *mut u8, _layout: Layout) {}
}

// The memory functions are string instructions: written as loops, the compiler would turn them into calls of themselves.

#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for both ranges and that they do not overlap.
    unsafe {
        asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= count {
        // SAFETY: the target does not start inside the source, so copying forward reads each byte before it is overwritten.
        return unsafe { memcpy(to, from, count) };
    }
    // SAFETY: the caller vouches for both ranges; copying backward reads each byte before it is overwritten. The direction
    // flag is clear again afterwards.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") count => _, inout("rdi") to.wrapping_add(count).wrapping_sub(1) => _,
            inout("rsi") from.wrapping_add(count).wrapping_sub(1) => _, options(nostack));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for the range.
    unsafe {
        asm!("rep stosb", inout("rcx") count => _, inout("rdi") to => _, in("al") byte as u8,
            options(nostack, preserves_flags));
    }
    to
}

#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    for index in 0..count {
        // SAFETY: the caller vouches for the range.
        let left = unsafe { left.wrapping_add(index).read() };
        // SAFETY: the caller vouches for the range.
        let right = unsafe { right.wrapping_add(index).read() };
        if left != right {
            return i32::from(left) - i32::from(right);
        }
    }
    0
}

#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: as for the caller.
    unsafe { memcmp(left, right, count) }
}
