// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// SimulatedDisk: an Env in memory that can lose power and fail, for tests of durability.
//
// Each file keeps its durable bytes and the unsynced writes above them; each directory its durable names and the
// unsynced creations, renames and removals. `crash` keeps any subset of what was not synced, writes torn at 512-byte
// sectors, names apart from data. Everything is a function of the seeds given, so a failing run can be repeated.
// Thread-safe. File objects opened before a crash or restart fail ever after.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kepeng/base/env.h>

namespace kepeng {

enum class DiskFailure {
  IoError,      // EIO
  NoSpace,      // ENOSPC; only operations that may need space
  Interrupted,  // EINTR: resumed inside, nobody sees it
  ShortWrite,   // half of the bytes arrive, then EIO; only writes
  SyncError,    // only sync and sync_directory
  PowerLoss,    // this operation and all that follow fail until `crash`
};

class SimulatedDisk final : public Env {
 public:
  SimulatedDisk();
  ~SimulatedDisk() override;

  // The nth operation from now (the first is 1) fails, or the next one after it that this kind can hit. Once.
  void fail_at(std::uint64_t nth, DiskFailure kind);
  // Forgets a failure that has not come to pass.
  void clear_failure();
  // Whether the failure asked for last has come to pass.
  bool failure_fired() const;
  // Operations since construction.
  std::uint64_t operations() const;

  // The process ends, however it ends, and another begins: locks and file objects are gone, what was written is there.
  void restart();
  // Every operation fails from now on.
  void power_off();
  // Power is lost (unless it is already) and comes back: what was synced is there, of the rest any subset.
  void crash(std::uint64_t seed);

  // Whether all bytes of the file or directory, its name, and the directories above it would survive any crash.
  bool is_durable(const std::string& path) const;
  // Writes that would take the sum of all files beyond this fail with DiskFull.
  void set_capacity(std::uint64_t bytes);
  std::uint64_t used_bytes() const;

  Result<std::unique_ptr<SequentialFile>, Fault> open_sequential(const std::string& path) override;
  Result<std::unique_ptr<RandomReadFile>, Fault> open_random(const std::string& path, ReadMode mode) override;
  Result<std::unique_ptr<WriteFile>, Fault> open_write(const std::string& path, WriteMode mode) override;
  Result<FileStatus, Fault> status(const std::string& path) override;
  Result<std::vector<std::string>, Fault> list(const std::string& directory) override;
  Result<Unit, Fault> make_directory(const std::string& path) override;
  Result<Unit, Fault> remove_directory(const std::string& path) override;
  Result<Unit, Fault> rename(const std::string& from, const std::string& to) override;
  Result<Unit, Fault> remove(const std::string& path) override;
  Result<Unit, Fault> sync_directory(const std::string& path) override;
  Result<Unit, Fault> set_permissions(const std::string& path, unsigned mode) override;
  Result<std::uint64_t, Fault> free_space(const std::string& path) override;
  Result<std::unique_ptr<HeldLock>, Fault> lock(const std::string& path) override;
  std::optional<Fault> failed_sync() const override;

  struct State;  // shared with the file objects; defined in the source

 private:
  std::shared_ptr<State> state_;
};

}  // namespace kepeng
