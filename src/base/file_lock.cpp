// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <kepeng/base/file_lock.h>

namespace kepeng {

// An open-file-description lock, unlike the older kind, also excludes a second owner in the same process and is not
// dropped when somebody else closes the file; it does conflict with the older kind, which bitcoind takes.
Result<FileLock, Fault> FileLock::acquire(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (descriptor < 0) {
    return Err{Fault{FaultKind::Io, "Cannot open the lock file " + path.string() + ": " + std::strerror(errno) +
                                        ". Check who owns the directory and whether it is writable."}};
  }
  FileLock lock{descriptor};
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return Err{Fault{FaultKind::Io, "The lock file " + path.string() + " is not a plain file. Remove it."}};
  }
  struct flock whole_file {};
  whole_file.l_type = F_WRLCK;
  whole_file.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole_file) == 0) return lock;
  if (errno == EAGAIN || errno == EACCES) {
    return Err{Fault{FaultKind::Busy, "Cannot obtain a lock on directory " + directory.string() +
                                          ". Another node is using it: stop that one, or choose another directory "
                                          "with -datadir."}};
  }
  return Err{Fault{FaultKind::Io, "Cannot lock " + path.string() + ": " + std::strerror(errno) + "."}};
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace kepeng
