// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// FileLock: this process owns a directory as long as the object lives.
//
// The lock is on the file `.lock` in the directory and excludes other processes (bitcoind among them, which locks the
// same file) and other owners in this process. A held lock is FaultKind::Busy, and the message says what to do. The
// file stays when the lock goes. Movable; thread-safe to hold.
#pragma once

#include <filesystem>

#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng {

class FileLock {
 public:
  static Result<FileLock, Fault> acquire(const std::filesystem::path& directory);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_{descriptor} {}
  int descriptor_ = -1;
};

}  // namespace kepeng
