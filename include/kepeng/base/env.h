// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Env: the one way in which kepeng touches files, LevelDB's included, so that a simulated disk can stand below it all.
//
// A path is a string with '/' between names. Nothing is durable before `sync` of the file and `sync_directory` of the
// directory that names it. Interrupted calls are resumed and short writes completed inside. A fault's message names the
// path; ENOSPC and EDQUOT are FaultKind::DiskFull. The first failed sync is final (the kernel may have dropped the
// data): from then on every change through the same Env is refused with that first fault, reads go on.
// New files are readable and writable by their owner only, new directories likewise.
// Env and RandomReadFile are thread-safe; the other file objects belong to one thread at a time, but WriteFile::sync
// may run beside another thread's writes (which may then be durable or not).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/bytes.h>
#include <kepeng/base/fault.h>
#include <kepeng/base/result.h>

namespace kepeng {

// Reads from the beginning to the end.
class SequentialFile {
 public:
  virtual ~SequentialFile() = default;
  // The number of bytes read, less than asked for only at the end of the file.
  virtual Result<std::size_t, Fault> read(ByteSpan to) = 0;
  virtual Result<Unit, Fault> skip(std::uint64_t bytes) = 0;
};

// Reads anywhere, from several threads at once.
class RandomReadFile {
 public:
  virtual ~RandomReadFile() = default;
  // The bytes from `offset` on, as many as `scratch` holds, fewer only at the end of the file. The view lies in
  // `scratch` or in memory that lives as long as this object.
  virtual Result<ByteView, Fault> read_at(std::uint64_t offset, ByteSpan scratch) const = 0;
  virtual Result<std::uint64_t, Fault> size() const = 0;
};

// Writes are visible to readers when the call returns; there is no buffer of our own.
class WriteFile {
 public:
  virtual ~WriteFile() = default;
  virtual Result<Unit, Fault> append(ByteView bytes) = 0;
  // A gap between the old end and `offset` reads as zeros.
  virtual Result<Unit, Fault> write_at(std::uint64_t offset, ByteView bytes) = 0;
  // Shortens, or lengthens with zeros.
  virtual Result<Unit, Fault> truncate(std::uint64_t size) = 0;
  // Reserves space for the first `size` bytes of the file; a shorter file grows to it and reads zeros there.
  virtual Result<Unit, Fault> preallocate(std::uint64_t size) = 0;
  virtual Result<Unit, Fault> sync() = 0;
  virtual Result<std::uint64_t, Fault> size() const = 0;
};

// Held until destroyed or until the process ends, however it ends.
class HeldLock {
 public:
  virtual ~HeldLock() = default;
};

struct FileStatus {
  bool is_directory = false;
  std::uint64_t size = 0;
  unsigned permissions = 0600;  // as `set_permissions` takes them
};

enum class WriteMode {
  Truncate,  // an existing file loses its bytes
  Keep,      // an existing file keeps them
};

enum class ReadMode {
  Copy,
  Map,  // may be mapped into memory; only for files that nobody changes or shortens any more
};

class Env {
 public:
  virtual ~Env() = default;

  // Opening to read a file that does not exist is FaultKind::NotFound.
  virtual Result<std::unique_ptr<SequentialFile>, Fault> open_sequential(const std::string& path) = 0;
  virtual Result<std::unique_ptr<RandomReadFile>, Fault> open_random(const std::string& path, ReadMode mode) = 0;
  // Creates the file where there is none.
  virtual Result<std::unique_ptr<WriteFile>, Fault> open_write(const std::string& path, WriteMode mode) = 0;

  // FaultKind::NotFound where there is nothing of that name.
  virtual Result<FileStatus, Fault> status(const std::string& path) = 0;
  // Names without their directory, in no order, without "." and "..".
  virtual Result<std::vector<std::string>, Fault> list(const std::string& directory) = 0;
  // One level; a directory that exists already is a success.
  virtual Result<Unit, Fault> make_directory(const std::string& path) = 0;
  // Only an empty one.
  virtual Result<Unit, Fault> remove_directory(const std::string& path) = 0;
  // Replaces `to` in one step.
  virtual Result<Unit, Fault> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<Unit, Fault> remove(const std::string& path) = 0;
  // Makes creations, renames and removals in the directory durable.
  virtual Result<Unit, Fault> sync_directory(const std::string& path) = 0;
  // POSIX permission bits, e.g. 0640.
  virtual Result<Unit, Fault> set_permissions(const std::string& path, unsigned mode) = 0;
  // Bytes that an unprivileged writer can still use on the file system that holds `path`.
  virtual Result<std::uint64_t, Fault> free_space(const std::string& path) = 0;
  // Takes the lock file, creating it where missing. FaultKind::Busy when anybody holds it, this process included;
  // FaultKind::Unsupported on a file system without locks.
  virtual Result<std::unique_ptr<HeldLock>, Fault> lock(const std::string& path) = 0;

  // The first failed sync, once there was one.
  virtual std::optional<Fault> failed_sync() const = 0;
};

// The operating system's files.
std::unique_ptr<Env> posix_env();

}  // namespace kepeng
