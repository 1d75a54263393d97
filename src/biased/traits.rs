//! The traits of the standard library that `Arc` has, forwarded to the payload.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::error::Error;
use std::ffi::CStr;
use std::fmt;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::pin::Pin;

use super::{Brc, UniqueBrc};

impl<T: ?Sized + PartialEq> PartialEq for Brc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }

    #[allow(clippy::partialeq_ne_impl, reason = "the payload's own `ne` is what `Arc` calls")]
    fn ne(&self, other: &Self) -> bool {
        **self != **other
    }
}

impl<T: ?Sized + Eq> Eq for Brc<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for Brc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }

    fn lt(&self, other: &Self) -> bool {
        **self < **other
    }

    fn le(&self, other: &Self) -> bool {
        **self <= **other
    }

    fn gt(&self, other: &Self) -> bool {
        **self > **other
    }

    fn ge(&self, other: &Self) -> bool {
        **self >= **other
    }
}

impl<T: ?Sized + Ord> Ord for Brc<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash> Hash for Brc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Brc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Brc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for Brc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&Self::as_ptr(self), f)
    }
}

impl<T: ?Sized> Borrow<T> for Brc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized> AsRef<T> for Brc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

// The payload does not move with the handle.
impl<T: ?Sized> Unpin for Brc<T> {}
impl<T: ?Sized> Unpin for UniqueBrc<T> {}

impl<T: Default + 'static> Default for Brc<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl Default for Brc<str> {
    fn default() -> Self {
        Self::from("")
    }
}

impl Default for Brc<CStr> {
    fn default() -> Self {
        Self::from(c"")
    }
}

impl<T: 'static> Default for Brc<[T]> {
    fn default() -> Self {
        Self::from([])
    }
}

impl<T: ?Sized> Default for Pin<Brc<T>>
where
    Brc<T>: Default,
{
    fn default() -> Self {
        // SAFETY: see `Brc::pin`.
        unsafe { Pin::new_unchecked(Brc::default()) }
    }
}

#[allow(deprecated, reason = "`Arc` forwards these too")]
impl<T: ?Sized + Error> Error for Brc<T> {
    fn description(&self) -> &str {
        (**self).description()
    }

    fn cause(&self) -> Option<&dyn Error> {
        (**self).cause()
    }

    fn source(&self) -> Option<&(dyn Error + 'static)> {
        (**self).source()
    }
}

impl Read for Brc<File> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&**self).read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        (&**self).read_vectored(bufs)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        (&**self).read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        (&**self).read_to_string(buf)
    }
}

impl Write for Brc<File> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&**self).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[io::IoSlice<'_>]) -> io::Result<usize> {
        (&**self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&**self).flush()
    }
}

impl Seek for Brc<File> {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        (&**self).seek(pos)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        (&**self).stream_position()
    }
}

#[cfg(any(
    unix,
    target_os = "hermit",
    target_os = "trusty",
    target_os = "wasi",
    target_os = "motor"
))]
mod fd {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use crate::Brc;

    impl<T: ?Sized + AsFd> AsFd for Brc<T> {
        fn as_fd(&self) -> BorrowedFd<'_> {
            (**self).as_fd()
        }
    }

    impl<T: AsRawFd> AsRawFd for Brc<T> {
        fn as_raw_fd(&self) -> RawFd {
            (**self).as_raw_fd()
        }
    }
}

#[cfg(windows)]
mod handle {
    use std::os::windows::io::{AsHandle, AsSocket, BorrowedHandle, BorrowedSocket};

    use crate::Brc;

    impl<T: ?Sized + AsHandle> AsHandle for Brc<T> {
        fn as_handle(&self) -> BorrowedHandle<'_> {
            (**self).as_handle()
        }
    }

    impl<T: AsSocket> AsSocket for Brc<T> {
        fn as_socket(&self) -> BorrowedSocket<'_> {
            (**self).as_socket()
        }
    }
}
