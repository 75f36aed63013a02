// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "leveldb_env.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <kepeng/base/files.h>
#include <kepeng/base/time.h>

namespace kepeng::storage {
namespace {

using leveldb::Slice;
using leveldb::Status;

// LevelDB writes tables and log records in small pieces.
constexpr std::size_t kWriteBufferBytes = 64 << 10;

ByteSpan as_span(char* at, std::size_t size) {
  return {reinterpret_cast<std::uint8_t*>(at), size};
}
Slice as_slice(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class AdaptedSequentialFile final : public leveldb::SequentialFile {
 public:
  AdaptedSequentialFile(LeveldbEnv& env, std::unique_ptr<kepeng::SequentialFile> file, std::uint64_t limit)
      : env_{env}, file_{std::move(file)}, left_{limit} {}

  Status Read(std::size_t n, Slice* result, char* scratch) override {
    *result = Slice{};
    const auto count = file_->read(as_span(scratch, std::min<std::uint64_t>(n, left_)));
    if (!count) return env_.failed(count.error());
    left_ -= *count;
    *result = Slice{scratch, *count};
    return Status::OK();
  }
  Status Skip(std::uint64_t n) override {
    const std::uint64_t count = std::min(n, left_);
    left_ -= count;
    const auto skipped = file_->skip(count);
    return skipped ? Status::OK() : env_.failed(skipped.error());
  }

 private:
  LeveldbEnv& env_;
  std::unique_ptr<kepeng::SequentialFile> file_;
  std::uint64_t left_;
};

class AdaptedRandomFile final : public leveldb::RandomAccessFile {
 public:
  AdaptedRandomFile(LeveldbEnv& env, std::unique_ptr<RandomReadFile> file) : env_{env}, file_{std::move(file)} {}

  Status Read(std::uint64_t offset, std::size_t n, Slice* result, char* scratch) const override {
    const auto bytes = file_->read_at(offset, as_span(scratch, n));
    *result = bytes ? as_slice(*bytes) : Slice{};
    return bytes ? Status::OK() : env_.failed(bytes.error());
  }

 private:
  LeveldbEnv& env_;
  std::unique_ptr<RandomReadFile> file_;
};

class AdaptedWriteFile final : public leveldb::WritableFile {
 public:
  AdaptedWriteFile(LeveldbEnv& env, std::unique_ptr<WriteFile> file, std::string path)
      : env_{env}, file_{std::move(file)}, path_{std::move(path)} {
    buffer_.reserve(kWriteBufferBytes);
  }
  ~AdaptedWriteFile() override { static_cast<void>(Close()); }

  Status Append(const Slice& data) override {
    const ByteView bytes = as_bytes({data.data(), data.size()});
    if (buffer_.size() + bytes.size() > kWriteBufferBytes) {
      if (const Status flushed = Flush(); !flushed.ok()) return flushed;
      if (bytes.size() > kWriteBufferBytes) return write(bytes);
    }
    append(buffer_, bytes);
    return Status::OK();
  }

  Status Flush() override {
    if (broken_) return env_.failed(*broken_);
    const Status written = write(buffer_);
    buffer_.clear();
    return written;
  }

  Status Sync() override {
    if (const Status flushed = Flush(); !flushed.ok()) return flushed;
    if (const auto synced = file_->sync(); !synced) return fail(synced.error());
    unsynced_ = false;
    if (name_is_durable_) return Status::OK();
    const auto named = env_.files().sync_directory(parent_path(path_));
    if (!named) return fail(named.error());
    name_is_durable_ = true;
    return Status::OK();
  }

  Status Close() override {
    if (file_ == nullptr) return Status::OK();
    Status done = Flush();
    if (done.ok() && unsynced_) done = Sync();
    file_ = nullptr;
    return done;
  }

 private:
  // What follows a write that failed would stand behind half a record: nothing may follow.
  Status fail(const Fault& fault) {
    broken_ = fault;
    return env_.failed(fault);
  }
  Status write(ByteView bytes) {
    if (bytes.empty()) return Status::OK();
    unsynced_ = true;
    const auto written = file_->write_at(end_, bytes);
    if (!written) return fail(written.error());
    end_ += bytes.size();
    return Status::OK();
  }

  LeveldbEnv& env_;
  std::unique_ptr<WriteFile> file_;
  std::string path_;
  Bytes buffer_;
  std::uint64_t end_ = 0;
  bool unsynced_ = false;
  bool name_is_durable_ = false;
  std::optional<Fault> broken_;
};

struct AdaptedLock final : public leveldb::FileLock {
  explicit AdaptedLock(std::unique_ptr<HeldLock> taken) : held{std::move(taken)} {}
  std::unique_ptr<HeldLock> held;
};

struct SilentLogger final : public leveldb::Logger {
  void Logv(const char*, std::va_list) override {}
};

}  // namespace

LeveldbEnv::LeveldbEnv(kepeng::Env& env) : env_{env}, worker_{"leveldb"} {}

void LeveldbEnv::adopt(const std::string& directory, std::unique_ptr<HeldLock> lock, const ReadLimits& limits) {
  adopted_ = std::move(lock);
  for (const auto& [name, bytes] : limits) limits_[join_path(directory, name)] = bytes;
}

LeveldbEnv::~LeveldbEnv() = default;

std::optional<Fault> LeveldbEnv::last_fault() const {
  return last_fault_.with([](const auto& fault) { return fault; });
}

Status LeveldbEnv::failed(const Fault& fault) {
  if (fault.kind == FaultKind::NotFound) return Status::NotFound(fault.message);
  last_fault_.with([&](auto& last) { last = fault; });
  return Status::IOError(fault.message);
}

Status LeveldbEnv::NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) {
  *result = nullptr;
  auto file = env_.open_sequential(path);
  if (!file) return failed(file.error());
  const auto limit = limits_.find(path);
  *result =
      new AdaptedSequentialFile{*this, std::move(file).value(), limit == limits_.end() ? UINT64_MAX : limit->second};
  return Status::OK();
}

Status LeveldbEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) {
  *result = nullptr;
  // Tables never change once they are written.
  auto file = env_.open_random(path, ReadMode::Map);
  if (!file) return failed(file.error());
  *result = new AdaptedRandomFile{*this, std::move(file).value()};
  return Status::OK();
}

Status LeveldbEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** result) {
  *result = nullptr;
  auto file = env_.open_write(path, WriteMode::Truncate);
  if (!file) return failed(file.error());
  *result = new AdaptedWriteFile{*this, std::move(file).value(), path};
  return Status::OK();
}

bool LeveldbEnv::FileExists(const std::string& path) {
  return env_.status(path).ok();
}

Status LeveldbEnv::GetChildren(const std::string& directory, std::vector<std::string>* result) {
  auto names = env_.list(directory);
  if (!names) return failed(names.error());
  *result = std::move(names).value();
  return Status::OK();
}

// A log that came back after power loss, torn and older than one with records, would look like damage: before the next
// log gets its first record the removal is durable.
Status LeveldbEnv::RemoveFile(const std::string& path) {
  const auto removed = env_.remove(path);
  if (!removed) return failed(removed.error());
  if (!path.ends_with(".log")) return Status::OK();
  const auto synced = env_.sync_directory(parent_path(path));
  return synced ? Status::OK() : failed(synced.error());
}

Status LeveldbEnv::CreateDir(const std::string& path) {
  const auto made = make_directories(env_, path);
  return made ? Status::OK() : failed(made.error());
}

Status LeveldbEnv::RemoveDir(const std::string& path) {
  const auto removed = env_.remove_directory(path);
  return removed ? Status::OK() : failed(removed.error());
}

Status LeveldbEnv::GetFileSize(const std::string& path, std::uint64_t* size) {
  const auto status = env_.status(path);
  *size = status ? status->size : 0;
  return status ? Status::OK() : failed(status.error());
}

Status LeveldbEnv::RenameFile(const std::string& from, const std::string& to) {
  const auto renamed = env_.rename(from, to);
  if (!renamed) return failed(renamed.error());
  const auto synced = env_.sync_directory(parent_path(to));
  return synced ? Status::OK() : failed(synced.error());
}

Status LeveldbEnv::LockFile(const std::string& path, leveldb::FileLock** lock) {
  *lock = nullptr;
  if (adopted_ == nullptr) {
    auto held = env_.lock(path);
    if (!held) return failed(held.error());
    adopted_ = std::move(held).value();
  }
  *lock = new AdaptedLock{std::move(adopted_)};
  return Status::OK();
}

Status LeveldbEnv::UnlockFile(leveldb::FileLock* lock) {
  const std::unique_ptr<leveldb::FileLock> gone{lock};
  return Status::OK();
}

void LeveldbEnv::Schedule(void (*function)(void*), void* argument) {
  worker_.post([function, argument] { function(argument); });
}

// LevelDB itself never asks for a thread of its own.
void LeveldbEnv::StartThread(void (*function)(void*), void* argument) {
  Schedule(function, argument);
}

Status LeveldbEnv::GetTestDirectory(std::string*) {
  return Status::NotSupported("no test directory");
}

Status LeveldbEnv::NewLogger(const std::string&, leveldb::Logger** result) {
  *result = new SilentLogger;
  return Status::OK();
}

std::uint64_t LeveldbEnv::NowMicros() {
  return static_cast<std::uint64_t>(steady_ns() / 1000);
}

void LeveldbEnv::SleepForMicroseconds(int micros) {
  std::this_thread::sleep_for(std::chrono::microseconds{micros});
}

}  // namespace kepeng::storage
