// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include <kepeng/base/env.h>

#include "sync_verdict.h"

namespace kepeng {
namespace {

// Bytes in one read or write call; Linux stops at 2 GiB - 4 KiB anyway.
constexpr std::size_t kCallBytesMax = 1u << 30;

FaultKind kind_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return FaultKind::DiskFull;
    case ENOENT:
      return FaultKind::NotFound;
    case EINTR:
      return FaultKind::Interrupted;
    default:
      return FaultKind::Io;
  }
}

// "Cannot sync /data/x: Input/output error.", and what to do about it where we know.
Fault fault_of(int error, const char* verb, const std::string& path) {
  const FaultKind kind = kind_of(error);
  std::string message =
      std::string{"Cannot "} + verb + " " + path + ": " + std::generic_category().message(error) + ".";
  if (kind == FaultKind::DiskFull) message += " Free some space there and start again; nothing confirmed is lost.";
  return Fault{kind, std::move(message)};
}

// Repeats a call that a signal interrupts.
template <class F>
auto retry(F&& call) {
  for (;;) {
    const auto outcome = call();
    if (outcome >= 0 || errno != EINTR) return outcome;
  }
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_{number} {}
  Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }

 private:
  int number_ = -1;
};

Result<Descriptor, Fault> open_descriptor(const std::string& path, int flags) {
  const int number = retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); });
  if (number < 0) return Err{fault_of(errno, "open", path)};
  return Descriptor{number};
}

Result<std::uint64_t, Fault> size_of(int descriptor, const std::string& path) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return Err{fault_of(errno, "look at", path)};
  return static_cast<std::uint64_t>(about.st_size);
}

class PosixSequentialFile final : public SequentialFile {
 public:
  PosixSequentialFile(Descriptor descriptor, std::string path)
      : descriptor_{std::move(descriptor)}, path_{std::move(path)} {}

  Result<std::size_t, Fault> read(ByteSpan to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      const std::size_t wanted = std::min(to.size() - done, kCallBytesMax);
      const ssize_t got = retry([&] { return ::read(descriptor_.get(), to.data() + done, wanted); });
      if (got < 0) return Err{fault_of(errno, "read", path_)};
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  Result<Unit, Fault> skip(std::uint64_t bytes) override {
    if (::lseek(descriptor_.get(), static_cast<off_t>(bytes), SEEK_CUR) < 0)
      return Err{fault_of(errno, "seek in", path_)};
    return Unit{};
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class PosixReadFile final : public RandomReadFile {
 public:
  PosixReadFile(Descriptor descriptor, std::string path) : descriptor_{std::move(descriptor)}, path_{std::move(path)} {}

  Result<ByteView, Fault> read_at(std::uint64_t offset, ByteSpan scratch) const override {
    std::size_t done = 0;
    while (done < scratch.size()) {
      const std::size_t wanted = std::min(scratch.size() - done, kCallBytesMax);
      const ssize_t got = retry(
          [&] { return ::pread(descriptor_.get(), scratch.data() + done, wanted, static_cast<off_t>(offset + done)); });
      if (got < 0) return Err{fault_of(errno, "read", path_)};
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return ByteView{scratch.first(done)};
  }
  Result<std::uint64_t, Fault> size() const override { return size_of(descriptor_.get(), path_); }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class MappedFile final : public RandomReadFile {
 public:
  MappedFile(void* at, std::size_t size) : bytes_{static_cast<const std::uint8_t*>(at), size}, at_{at} {}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() override { ::munmap(at_, bytes_.size()); }

  Result<ByteView, Fault> read_at(std::uint64_t offset, ByteSpan scratch) const override {
    if (offset >= bytes_.size()) return ByteView{};
    return bytes_.subspan(offset, std::min<std::uint64_t>(scratch.size(), bytes_.size() - offset));
  }
  Result<std::uint64_t, Fault> size() const override { return bytes_.size(); }

 private:
  ByteView bytes_;
  void* at_;
};

class PosixWriteFile final : public WriteFile {
 public:
  PosixWriteFile(Descriptor descriptor, std::string path, std::shared_ptr<SyncVerdict> verdict)
      : descriptor_{std::move(descriptor)}, path_{std::move(path)}, verdict_{std::move(verdict)} {}

  // The descriptor is not in append mode (pwrite would then ignore its offset), so the end is asked for.
  Result<Unit, Fault> append(ByteView bytes) override {
    KP_TRY(const auto end, size());
    return write_at(end, bytes);
  }
  Result<Unit, Fault> write_at(std::uint64_t offset, ByteView bytes) override {
    KP_TRY_VOID(verdict_->may_write());
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::size_t wanted = std::min(bytes.size() - done, kCallBytesMax);
      const ssize_t put = retry(
          [&] { return ::pwrite(descriptor_.get(), bytes.data() + done, wanted, static_cast<off_t>(offset + done)); });
      if (put < 0) return Err{fault_of(errno, "write", path_)};
      if (put == 0) return Err{fault_of(EIO, "write", path_)};
      done += static_cast<std::size_t>(put);
    }
    return Unit{};
  }
  Result<Unit, Fault> truncate(std::uint64_t size) override {
    KP_TRY_VOID(verdict_->may_write());
    if (retry([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0) {
      return Err{fault_of(errno, "truncate", path_)};
    }
    return Unit{};
  }
  Result<Unit, Fault> preallocate(std::uint64_t size) override {
    KP_TRY_VOID(verdict_->may_write());
    int error = EINTR;
    while (error == EINTR) error = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(size));
    // A file system that cannot reserve (EOPNOTSUPP, EINVAL) loses only the reservation, not the length.
    if (error == EOPNOTSUPP || error == EINVAL) {
      KP_TRY(const auto now, this->size());
      return now < size ? truncate(size) : Result<Unit, Fault>{Unit{}};
    }
    if (error != 0) return Err{fault_of(error, "reserve space for", path_)};
    return Unit{};
  }
  Result<Unit, Fault> sync() override {
    KP_TRY_VOID(verdict_->may_write());
    if (retry([&] { return ::fdatasync(descriptor_.get()); }) != 0) {
      return Err{verdict_->fail(fault_of(errno, "sync", path_))};
    }
    return Unit{};
  }
  Result<std::uint64_t, Fault> size() const override { return size_of(descriptor_.get(), path_); }

 private:
  Descriptor descriptor_;
  std::string path_;
  std::shared_ptr<SyncVerdict> verdict_;
};

// Closing the descriptor ends the lock.
class PosixLock final : public HeldLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_{std::move(descriptor)} {}

 private:
  Descriptor descriptor_;
};

class PosixEnv final : public Env {
 public:
  Result<std::unique_ptr<SequentialFile>, Fault> open_sequential(const std::string& path) override {
    KP_TRY(auto descriptor, open_descriptor(path, O_RDONLY));
    return std::make_unique<PosixSequentialFile>(std::move(descriptor), path);
  }

  Result<std::unique_ptr<RandomReadFile>, Fault> open_random(const std::string& path, ReadMode mode) override {
    KP_TRY(auto descriptor, open_descriptor(path, O_RDONLY));
    if (mode == ReadMode::Map) {
      KP_TRY(const auto size, size_of(descriptor.get(), path));
      // An empty file cannot be mapped; where the system refuses another mapping, plain reads do.
      void* const at = size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.get(), 0);
      if (at != MAP_FAILED) return std::make_unique<MappedFile>(at, size);
    }
    return std::make_unique<PosixReadFile>(std::move(descriptor), path);
  }

  Result<std::unique_ptr<WriteFile>, Fault> open_write(const std::string& path, WriteMode mode) override {
    KP_TRY_VOID(verdict_->may_write());
    KP_TRY(auto descriptor, open_descriptor(path, O_RDWR | O_CREAT | (mode == WriteMode::Truncate ? O_TRUNC : 0)));
    return std::make_unique<PosixWriteFile>(std::move(descriptor), path, verdict_);
  }

  Result<FileStatus, Fault> status(const std::string& path) override {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
      return Err{fault_of(errno == ENOTDIR ? ENOENT : errno, "look at", path)};
    }
    return FileStatus{S_ISDIR(about.st_mode), static_cast<std::uint64_t>(about.st_size), about.st_mode & 07777U};
  }

  Result<std::vector<std::string>, Fault> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(directory.c_str()), ::closedir};
    if (stream == nullptr) return Err{fault_of(errno, "list", directory)};
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) return Err{fault_of(errno, "list", directory)};
    return names;
  }

  Result<Unit, Fault> make_directory(const std::string& path) override {
    KP_TRY_VOID(verdict_->may_write());
    if (::mkdir(path.c_str(), 0700) == 0) return Unit{};
    const int error = errno;
    if (error == EEXIST) {
      const auto there = status(path);
      if (there && there->is_directory) return Unit{};
    }
    return Err{fault_of(error, "make the directory", path)};
  }

  Result<Unit, Fault> remove_directory(const std::string& path) override {
    KP_TRY_VOID(verdict_->may_write());
    if (::rmdir(path.c_str()) != 0) return Err{fault_of(errno, "remove the directory", path)};
    return Unit{};
  }

  Result<Unit, Fault> rename(const std::string& from, const std::string& to) override {
    KP_TRY_VOID(verdict_->may_write());
    if (std::rename(from.c_str(), to.c_str()) != 0) return Err{fault_of(errno, "rename", from + " to " + to)};
    return Unit{};
  }

  Result<Unit, Fault> remove(const std::string& path) override {
    KP_TRY_VOID(verdict_->may_write());
    if (::unlink(path.c_str()) != 0) return Err{fault_of(errno, "remove", path)};
    return Unit{};
  }

  Result<Unit, Fault> sync_directory(const std::string& path) override {
    KP_TRY_VOID(verdict_->may_write());
    KP_TRY(const auto descriptor, open_descriptor(path, O_RDONLY | O_DIRECTORY));
    if (retry([&] { return ::fsync(descriptor.get()); }) == 0) return Unit{};
    // EINVAL: a file system that does not sync directories at all; there is nothing to wait for.
    if (errno == EINVAL) return Unit{};
    return Err{verdict_->fail(fault_of(errno, "sync the directory", path))};
  }

  Result<Unit, Fault> set_permissions(const std::string& path, unsigned mode) override {
    KP_TRY_VOID(verdict_->may_write());
    if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) {
      return Err{fault_of(errno, "set the permissions of", path)};
    }
    return Unit{};
  }

  Result<std::uint64_t, Fault> free_space(const std::string& path) override {
    struct statvfs about {};
    if (retry([&] { return ::statvfs(path.c_str(), &about); }) != 0) {
      return Err{fault_of(errno, "ask for the free space of", path)};
    }
    return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
  }

  // A lock of the open file description excludes a second owner in this process too, and other processes that take the
  // older per-process kind.
  Result<std::unique_ptr<HeldLock>, Fault> lock(const std::string& path) override {
    KP_TRY(auto descriptor, open_descriptor(path, O_RDWR | O_CREAT));
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (retry([&] { return ::fcntl(descriptor.get(), F_OFD_SETLK, &whole); }) == 0) {
      return std::make_unique<PosixLock>(std::move(descriptor));
    }
    if (errno == EAGAIN || errno == EACCES) {
      return Err{Fault{FaultKind::Busy, "Cannot lock " + path + ": another node is using that directory."}};
    }
    Fault fault = fault_of(errno, "lock", path);
    fault.kind = FaultKind::Unsupported;
    fault.message += " The directory has to be on a file system that can lock files.";
    return Err{std::move(fault)};
  }

  std::optional<Fault> failed_sync() const override { return verdict_->first(); }

 private:
  std::shared_ptr<SyncVerdict> verdict_ = std::make_shared<SyncVerdict>();
};

}  // namespace

std::unique_ptr<Env> posix_env() {
  return std::make_unique<PosixEnv>();
}

}  // namespace kepeng
