// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/base/simulated_disk.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>

#include "simulated_inode.h"
#include "sync_verdict.h"

namespace kepeng {
namespace {

// What an operation does, as far as failures choose by it.
enum class Act { Look, Read, Write, Name, Sync };

bool can_hit(DiskFailure kind, Act act) {
  switch (kind) {
    case DiskFailure::IoError:
    case DiskFailure::Interrupted:
    case DiskFailure::PowerLoss:
      return true;
    case DiskFailure::NoSpace:
      return act == Act::Write || act == Act::Name;
    case DiskFailure::ShortWrite:
      return act == Act::Write;
    case DiskFailure::SyncError:
      return act == Act::Sync;
  }
  return false;
}

Fault io_error(const std::string& path) {
  return {FaultKind::Io, "Cannot use " + path + ": Input/output error."};
}
Fault no_power(const std::string& path) {
  return {FaultKind::Io, "Cannot use " + path + ": the power is off."};
}
Fault no_space(const std::string& path) {
  return {FaultKind::DiskFull, "Cannot write " + path + ": No space left on device."};
}
Fault not_found(const std::string& path) {
  return {FaultKind::NotFound, "Cannot open " + path + ": No such file or directory."};
}

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    if (!part.empty() && part != ".") parts.push_back(part);
    at = slash + 1;
  }
  return parts;
}

std::uint64_t tree_bytes(const Inode& inode) {
  std::uint64_t sum = inode.bytes.size();
  for (const auto& [name, child] : inode.names) sum += tree_bytes(*child);
  return sum;
}

void crash_tree(const InodePtr& inode, Prng& chance, std::set<const Inode*>& done) {
  if (!done.insert(inode.get()).second) return;
  // What was visible or durable may survive; both are walked, in the order of names, so that a seed decides all.
  Names children = inode->durable_names;
  children.insert(inode->names.begin(), inode->names.end());
  for (const NameChange& change : inode->name_changes) {
    if (change.inode != nullptr) children.emplace(change.to + "/" + change.from, change.inode);
  }
  inode->crash(chance);
  for (const auto& [name, child] : children) crash_tree(child, chance, done);
}

}  // namespace

// Everything of the disk, under one lock. `begin` opens every operation.
struct SimulatedDisk::State {
  struct Pending {
    std::uint64_t at = 0;
    DiskFailure kind = DiskFailure::IoError;
  };
  struct Entry {
    InodePtr directory;
    std::string name;
    InodePtr inode;  // null where the name is free
  };

  mutable std::mutex mutex;
  InodePtr root = std::make_shared<Inode>();
  std::optional<Pending> pending;
  bool fired = false;
  bool powered = true;
  bool cut_short = false;  // the write that was begun arrives in half
  std::uint64_t operations = 0;
  std::uint64_t generation = 0;
  std::uint64_t capacity = UINT64_MAX;
  std::set<std::string> locked;
  std::unique_ptr<SyncVerdict> verdict = std::make_unique<SyncVerdict>();

  State() { root->is_directory = true; }

  Result<Unit, Fault> begin(Act act, const std::string& path) {
    if (!powered) return Err{no_power(path)};
    ++operations;
    if (act == Act::Write || act == Act::Name || act == Act::Sync) KP_TRY_VOID(verdict->may_write());
    if (!pending || operations < pending->at || !can_hit(pending->kind, act)) return Unit{};
    const DiskFailure kind = pending->kind;
    pending.reset();
    fired = true;
    return strike(kind, act, path);
  }

  Result<Unit, Fault> strike(DiskFailure kind, Act act, const std::string& path) {
    switch (kind) {
      case DiskFailure::Interrupted:
        return Unit{};
      case DiskFailure::NoSpace:
        return Err{no_space(path)};
      case DiskFailure::ShortWrite:
        cut_short = true;
        return Unit{};
      case DiskFailure::PowerLoss:
        powered = false;
        return Err{no_power(path)};
      case DiskFailure::IoError:
      case DiskFailure::SyncError:
        break;
    }
    if (act == Act::Sync) return Err{verdict->fail(io_error(path))};
    return Err{io_error(path)};
  }

  Result<Entry, Fault> find(const std::string& path) const {
    const std::vector<std::string> parts = split(path);
    if (parts.empty()) return Entry{nullptr, "", root};
    InodePtr directory = root;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto next = directory->names.find(parts[i]);
      if (next == directory->names.end() || !next->second->is_directory) return Err{not_found(path)};
      directory = next->second;
    }
    const auto last = directory->names.find(parts.back());
    return Entry{directory, parts.back(), last == directory->names.end() ? nullptr : last->second};
  }

  Result<InodePtr, Fault> find_file(const std::string& path) const {
    KP_TRY(const Entry entry, find(path));
    if (entry.inode == nullptr) return Err{not_found(path)};
    if (entry.inode->is_directory) return Err{Fault{FaultKind::Io, path + " is a directory."}};
    return entry.inode;
  }

  void begin_again() {
    pending.reset();
    locked.clear();
    verdict = std::make_unique<SyncVerdict>();
    powered = true;
    cut_short = false;
    ++generation;
  }

  bool has_room(std::uint64_t growth) const { return capacity == UINT64_MAX || tree_bytes(*root) + growth <= capacity; }
};

namespace {

using State = SimulatedDisk::State;

// A file object of one generation: a crash ends it.
struct OpenInode {
  std::shared_ptr<State> disk;
  InodePtr inode;
  std::string path;
  std::uint64_t generation;

  Result<Unit, Fault> begin(Act act) const {
    if (generation != disk->generation) return Err{no_power(path)};
    return disk->begin(act, path);
  }
  std::size_t copy(std::uint64_t offset, ByteSpan to) const {
    if (offset >= inode->bytes.size()) return 0;
    const std::size_t count = std::min<std::uint64_t>(to.size(), inode->bytes.size() - offset);
    std::copy_n(inode->bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
    return count;
  }
};

class SimulatedSequentialFile final : public SequentialFile {
 public:
  explicit SimulatedSequentialFile(OpenInode file) : file_{std::move(file)} {}

  Result<std::size_t, Fault> read(ByteSpan to) override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Read));
    const std::size_t count = file_.copy(at_, to);
    at_ += count;
    return count;
  }
  Result<Unit, Fault> skip(std::uint64_t bytes) override {
    at_ += bytes;
    return Unit{};
  }

 private:
  OpenInode file_;
  std::uint64_t at_ = 0;
};

class SimulatedReadFile final : public RandomReadFile {
 public:
  explicit SimulatedReadFile(OpenInode file) : file_{std::move(file)} {}

  Result<ByteView, Fault> read_at(std::uint64_t offset, ByteSpan scratch) const override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Read));
    return ByteView{scratch.first(file_.copy(offset, scratch))};
  }
  Result<std::uint64_t, Fault> size() const override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Look));
    return file_.inode->bytes.size();
  }

 private:
  OpenInode file_;
};

class SimulatedWriteFile final : public WriteFile {
 public:
  explicit SimulatedWriteFile(OpenInode file) : file_{std::move(file)} {}

  Result<Unit, Fault> append(ByteView bytes) override {
    std::scoped_lock hold{file_.disk->mutex};
    return write(file_.inode->bytes.size(), bytes);
  }
  Result<Unit, Fault> write_at(std::uint64_t offset, ByteView bytes) override {
    std::scoped_lock hold{file_.disk->mutex};
    return write(offset, bytes);
  }
  Result<Unit, Fault> truncate(std::uint64_t size) override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Write));
    file_.disk->cut_short = false;
    file_.inode->change(DataChange{DataChange::Kind::Resize, size, {}});
    return Unit{};
  }
  Result<Unit, Fault> preallocate(std::uint64_t size) override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Write));
    file_.disk->cut_short = false;
    const std::uint64_t now = file_.inode->bytes.size();
    if (size > now && !file_.disk->has_room(size - now)) return Err{no_space(file_.path)};
    if (size > now) file_.inode->change(DataChange{DataChange::Kind::Extend, size, {}});
    return Unit{};
  }
  Result<Unit, Fault> sync() override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Sync));
    file_.inode->sync();
    return Unit{};
  }
  Result<std::uint64_t, Fault> size() const override {
    std::scoped_lock hold{file_.disk->mutex};
    KP_TRY_VOID(file_.begin(Act::Look));
    return file_.inode->bytes.size();
  }

 private:
  Result<Unit, Fault> write(std::uint64_t offset, ByteView bytes) {
    const bool was_powered = file_.disk->powered;
    auto begun = file_.begin(Act::Write);
    // A write that the loss of power interrupts may have arrived in part, like any unsynced one.
    const bool interrupted = was_powered && !file_.disk->powered;
    if (!begun && !interrupted) return begun;
    const bool half = std::exchange(file_.disk->cut_short, false);
    const std::uint64_t now = file_.inode->bytes.size();
    const std::uint64_t end = offset + bytes.size();
    if (end > now && !file_.disk->has_room(end - now)) return Err{no_space(file_.path)};
    const ByteView part = half ? bytes.first(bytes.size() / 2) : bytes;
    file_.inode->change(DataChange{DataChange::Kind::Write, offset, Bytes(part.begin(), part.end())});
    if (half) return Err{io_error(file_.path)};
    return begun;
  }

  OpenInode file_;
};

class SimulatedLock final : public HeldLock {
 public:
  SimulatedLock(std::shared_ptr<State> disk, std::string path)
      : disk_{std::move(disk)}, path_{std::move(path)}, generation_{disk_->generation} {}
  SimulatedLock(const SimulatedLock&) = delete;
  SimulatedLock& operator=(const SimulatedLock&) = delete;
  ~SimulatedLock() override {
    std::scoped_lock hold{disk_->mutex};
    if (generation_ == disk_->generation) disk_->locked.erase(path_);
  }

 private:
  std::shared_ptr<State> disk_;
  std::string path_;
  std::uint64_t generation_;
};

}  // namespace

SimulatedDisk::SimulatedDisk() : state_{std::make_shared<State>()} {}
SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::fail_at(std::uint64_t nth, DiskFailure kind) {
  std::scoped_lock hold{state_->mutex};
  state_->pending = State::Pending{state_->operations + nth, kind};
  state_->fired = false;
}

void SimulatedDisk::clear_failure() {
  std::scoped_lock hold{state_->mutex};
  state_->pending.reset();
}

bool SimulatedDisk::failure_fired() const {
  std::scoped_lock hold{state_->mutex};
  return state_->fired;
}

std::uint64_t SimulatedDisk::operations() const {
  std::scoped_lock hold{state_->mutex};
  return state_->operations;
}

void SimulatedDisk::power_off() {
  std::scoped_lock hold{state_->mutex};
  state_->powered = false;
}

void SimulatedDisk::restart() {
  std::scoped_lock hold{state_->mutex};
  state_->begin_again();
}

void SimulatedDisk::crash(std::uint64_t seed) {
  std::scoped_lock hold{state_->mutex};
  Prng chance{seed};
  std::set<const Inode*> done;
  crash_tree(state_->root, chance, done);
  state_->begin_again();
}

bool SimulatedDisk::is_durable(const std::string& path) const {
  std::scoped_lock hold{state_->mutex};
  InodePtr inode = state_->root;
  for (const std::string& part : split(path)) {
    const auto seen = inode->names.find(part);
    const auto kept = inode->durable_names.find(part);
    if (seen == inode->names.end() || kept == inode->durable_names.end() || seen->second != kept->second) return false;
    // A removal or replacement that is not synced either could still take the name away.
    for (const NameChange& change : inode->name_changes) {
      if (change.from == part || change.to == part) return false;
    }
    inode = seen->second;
  }
  return inode->is_synced();
}

void SimulatedDisk::set_capacity(std::uint64_t bytes) {
  std::scoped_lock hold{state_->mutex};
  state_->capacity = bytes;
}

std::uint64_t SimulatedDisk::used_bytes() const {
  std::scoped_lock hold{state_->mutex};
  return tree_bytes(*state_->root);
}

Result<std::unique_ptr<SequentialFile>, Fault> SimulatedDisk::open_sequential(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY(auto inode, state_->find_file(path));
  return std::make_unique<SimulatedSequentialFile>(OpenInode{state_, std::move(inode), path, state_->generation});
}

Result<std::unique_ptr<RandomReadFile>, Fault> SimulatedDisk::open_random(const std::string& path, ReadMode) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY(auto inode, state_->find_file(path));
  return std::make_unique<SimulatedReadFile>(OpenInode{state_, std::move(inode), path, state_->generation});
}

Result<std::unique_ptr<WriteFile>, Fault> SimulatedDisk::open_write(const std::string& path, WriteMode mode) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Name, path));
  KP_TRY(State::Entry entry, state_->find(path));
  if (entry.inode != nullptr && entry.inode->is_directory) return Err{Fault{FaultKind::Io, path + " is a directory."}};
  if (entry.inode == nullptr) {
    entry.inode = std::make_shared<Inode>();
    entry.directory->change(NameChange{"", entry.name, entry.inode});
  } else if (mode == WriteMode::Truncate && !entry.inode->bytes.empty()) {
    entry.inode->change(DataChange{DataChange::Kind::Resize, 0, {}});
  }
  return std::make_unique<SimulatedWriteFile>(OpenInode{state_, entry.inode, path, state_->generation});
}

Result<FileStatus, Fault> SimulatedDisk::status(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode == nullptr) return Err{not_found(path)};
  return FileStatus{.is_directory = entry.inode->is_directory, .size = entry.inode->bytes.size()};
}

Result<std::vector<std::string>, Fault> SimulatedDisk::list(const std::string& directory) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, directory));
  KP_TRY(const State::Entry entry, state_->find(directory));
  if (entry.inode == nullptr || !entry.inode->is_directory) return Err{not_found(directory)};
  std::vector<std::string> names;
  for (const auto& [name, inode] : entry.inode->names) names.push_back(name);
  return names;
}

Result<Unit, Fault> SimulatedDisk::make_directory(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Name, path));
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode != nullptr) {
    if (entry.inode->is_directory) return Unit{};
    return Err{Fault{FaultKind::Io, "Cannot make the directory " + path + ": File exists."}};
  }
  auto made = std::make_shared<Inode>();
  made->is_directory = true;
  entry.directory->change(NameChange{"", entry.name, std::move(made)});
  return Unit{};
}

Result<Unit, Fault> SimulatedDisk::remove_directory(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY_VOID(state_->verdict->may_write());
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode == nullptr || entry.directory == nullptr) return Err{not_found(path)};
  if (!entry.inode->is_directory || !entry.inode->names.empty()) {
    return Err{Fault{FaultKind::Io, "Cannot remove the directory " + path + ": it is not an empty directory."}};
  }
  entry.directory->change(NameChange{entry.name, "", nullptr});
  return Unit{};
}

Result<Unit, Fault> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Name, to));
  KP_TRY(const State::Entry source, state_->find(from));
  KP_TRY(const State::Entry target, state_->find(to));
  if (source.inode == nullptr) return Err{not_found(from)};
  if (source.directory != target.directory) {
    // Two directories have two logs: either half may be lost alone.
    target.directory->change(NameChange{"", target.name, source.inode});
    source.directory->change(NameChange{source.name, "", nullptr});
  } else if (source.name != target.name) {
    source.directory->change(NameChange{source.name, target.name, source.inode});
  }
  return Unit{};
}

Result<Unit, Fault> SimulatedDisk::remove(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY_VOID(state_->verdict->may_write());
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode == nullptr) return Err{not_found(path)};
  if (entry.inode->is_directory) return Err{Fault{FaultKind::Io, "Cannot remove " + path + ": it is a directory."}};
  entry.directory->change(NameChange{entry.name, "", nullptr});
  return Unit{};
}

Result<Unit, Fault> SimulatedDisk::sync_directory(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Sync, path));
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode == nullptr || !entry.inode->is_directory) return Err{not_found(path)};
  entry.inode->sync();
  return Unit{};
}

Result<Unit, Fault> SimulatedDisk::set_permissions(const std::string& path, unsigned) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  KP_TRY(const State::Entry entry, state_->find(path));
  if (entry.inode == nullptr) return Err{not_found(path)};
  return Unit{};
}

Result<std::uint64_t, Fault> SimulatedDisk::free_space(const std::string& path) {
  std::scoped_lock hold{state_->mutex};
  KP_TRY_VOID(state_->begin(Act::Look, path));
  const std::uint64_t used = tree_bytes(*state_->root);
  return state_->capacity > used ? state_->capacity - used : 0;
}

Result<std::unique_ptr<HeldLock>, Fault> SimulatedDisk::lock(const std::string& path) {
  KP_TRY_VOID(open_write(path, WriteMode::Keep));
  std::scoped_lock hold{state_->mutex};
  if (!state_->locked.insert(path).second) {
    return Err{Fault{FaultKind::Busy, "Cannot lock " + path + ": another node is using that directory."}};
  }
  return std::make_unique<SimulatedLock>(state_, path);
}

std::optional<Fault> SimulatedDisk::failed_sync() const {
  std::scoped_lock hold{state_->mutex};
  return state_->verdict->first();
}

}  // namespace kepeng
