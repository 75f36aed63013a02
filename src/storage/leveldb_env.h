// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// LevelDB's file interface over ours, so that a simulated disk sits below databases too.
//
// Stricter than LevelDB's own where power loss could reorder things: the directory is synced with the first sync of a
// file and after a rename, and a file that is closed with unsynced bytes is synced then, so a log is durable before the
// next one takes over. One object per database, with one background thread. Thread-safe.
#pragma once

#include <leveldb/env.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/env.h>
#include <kepeng/base/guarded.h>
#include <kepeng/base/serial_worker.h>

#include "log_tail.h"

namespace kepeng::storage {

class LeveldbEnv final : public leveldb::Env {
 public:
  explicit LeveldbEnv(kepeng::Env& env);
  ~LeveldbEnv() override;

  // Before the database opens: its lock, already held, and how far the files named in `limits` may be read.
  void adopt(const std::string& directory, std::unique_ptr<HeldLock> lock, const ReadLimits& limits);

  // The last fault that a call ended with; LevelDB keeps only its text.
  std::optional<Fault> last_fault() const;

  leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) override;
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override;
  bool FileExists(const std::string& path) override;
  leveldb::Status GetChildren(const std::string& directory, std::vector<std::string>* result) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string& path) override;
  leveldb::Status RemoveDir(const std::string& path) override;
  leveldb::Status GetFileSize(const std::string& path, std::uint64_t* size) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
  void Schedule(void (*function)(void*), void* argument) override;
  void StartThread(void (*function)(void*), void* argument) override;
  leveldb::Status GetTestDirectory(std::string* path) override;
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** result) override;
  std::uint64_t NowMicros() override;
  void SleepForMicroseconds(int micros) override;

  // For the file objects: the status that stands for a fault, which is remembered.
  leveldb::Status failed(const Fault& fault);
  kepeng::Env& files() { return env_; }

 private:
  kepeng::Env& env_;
  std::unique_ptr<HeldLock> adopted_;  // until LevelDB asks for it
  ReadLimits limits_;                  // by whole path
  Guarded<std::optional<Fault>> last_fault_;
  SerialWorker worker_;
};

}  // namespace kepeng::storage
