// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/block_files.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include <kepeng/base/files.h>
#include <kepeng/base/guarded.h>
#include <kepeng/base/random.h>
#include <kepeng/crypto/sha256.h>
#include <kepeng/storage/block_scanner.h>

namespace kepeng::storage {
namespace {

constexpr char kXorFile[] = "xor.dat";
// Open files for reading that are kept; when there are more, all are let go.
constexpr std::size_t kReadersMax = 64;
// No undo record is longer than the blocks it could come from allow; a size beyond it is damage, not a reason to
// reserve memory.
constexpr std::uint32_t kUndoBytesMax = 512u << 20;

struct Sizes {
  std::uint32_t file_max;
  std::uint32_t block_chunk;
  std::uint32_t undo_chunk;
};

Sizes sizes_of(BlockFileSizes choice) {
  if (choice == BlockFileSizes::FastPrune) return {64u << 10, 16u << 10, 1u << 20};
  return {128u << 20, 16u << 20, 1u << 20};
}

enum class Stream { Blocks, Undo };

std::string numbered(Stream stream, std::int32_t file) {
  char name[24];
  std::snprintf(name, sizeof name, "%s%05d.dat", stream == Stream::Blocks ? "blk" : "rev", file);
  return name;
}

// The number in "blk00012.dat"; -1 for any other name.
std::int32_t number_in(const std::string& name, Stream stream) {
  std::int32_t number = -1;
  if (name.size() < 12) return -1;
  std::from_chars(name.data() + 3, name.data() + name.size() - 4, number);
  return number >= 0 && numbered(stream, number) == name ? number : -1;
}

std::uint32_t rounded_up(std::uint32_t bytes, std::uint32_t chunk) {
  return (bytes + chunk - 1) / chunk * chunk;
}

void count_block(BlockFileInfo& info, const BlockFacts& facts) {
  const auto height = static_cast<std::uint32_t>(facts.height);
  const bool first = info.blocks == 0;
  info.height_first = first ? height : std::min(info.height_first, height);
  info.height_last = first ? height : std::max(info.height_last, height);
  info.time_first = first ? facts.time : std::min<std::uint64_t>(info.time_first, facts.time);
  info.time_last = first ? facts.time : std::max<std::uint64_t>(info.time_last, facts.time);
  ++info.blocks;
}

crypto::Hash32 undo_checksum(const BlockHash& previous, ByteView undo) {
  return crypto::Sha256{}.write(previous.view()).write(undo).finalize_double();
}

// What writers share: where the next records go, and the files they write to.
struct Writer {
  struct File {
    std::shared_ptr<WriteFile> handle;
    bool unsynced = false;
  };
  using Key = std::pair<std::int32_t, Stream>;

  std::vector<BlockFileInfo> infos{BlockFileInfo{}};
  std::set<std::int32_t> changed;
  std::int32_t last_file = 0;
  std::map<Key, File> files;
  bool directory_unsynced = false;
  // Height of the newest block whose undo went into the file: with the file's last height, it is complete.
  std::map<std::int32_t, Height> undo_heights;

  BlockFileInfo& info(std::int32_t file) {
    if (infos.size() <= static_cast<std::size_t>(file)) infos.resize(static_cast<std::size_t>(file) + 1);
    changed.insert(file);
    return infos[static_cast<std::size_t>(file)];
  }
};

}  // namespace

struct BlockFiles::State {
  Env& env;
  BlockFilesOptions options;
  Sizes sizes;
  ObfuscationKey key{};
  // Held while a record is written: the lock is the writer's turn. Readers have their own.
  Guarded<Writer> writer;
  // Held while files are synced, so that a second caller waits for the first one's syncs.
  Guarded<Unit> sync_turn;
  Guarded<FileInfoChanges> synced;
  mutable Guarded<std::map<Writer::Key, std::shared_ptr<RandomReadFile>>> readers;

  State(Env& files, BlockFilesOptions how) : env{files}, options{std::move(how)}, sizes{sizes_of(options.sizes)} {}

  std::string path(Stream stream, std::int32_t file) const {
    return join_path(options.directory, numbered(stream, file));
  }

  Fault damaged(Stream stream, const FilePosition& at, const std::string& what) const {
    return {FaultKind::Corruption, path(stream, at.file) + " is damaged at byte " + std::to_string(at.offset) + ": " +
                                       what + ". Restore the file, or start with -reindex."};
  }

  // Is it there, with all that is in use?
  Result<Unit, Fault> check_file(Stream stream, std::int32_t file, std::uint32_t size) const {
    const std::string where = path(stream, file);
    const auto status = env.status(where);
    if (!status) {
      if (status.error().kind != FaultKind::NotFound) return Err{status.error()};
      return Err{Fault{FaultKind::NotFound, where + " is missing. Restore it, or start with -reindex."}};
    }
    if (status->size >= size) return Unit{};
    return Err{Fault{FaultKind::Corruption, where + " has " + std::to_string(status->size) + " bytes instead of " +
                                                std::to_string(size) + ". Restore it, or start with -reindex."}};
  }

  Result<Unit, Fault> settle_key() {
    KP_TRY(const auto names, env.list(options.directory));
    const bool has_files = std::any_of(names.begin(), names.end(), [](const std::string& name) {
      return number_in(name, Stream::Blocks) >= 0 || number_in(name, Stream::Undo) >= 0;
    });
    const std::string where = join_path(options.directory, kXorFile);
    const auto stored = read_file(env, where, 1 << 10);
    if (!stored && stored.error().kind != FaultKind::NotFound) return Err{stored.error()};
    if (!stored) {
      if (options.obfuscation == BlockXor::Random && !has_files) fill_random(key);
      return write_file_atomically(env, where, key);
    }
    if (stored->size() != key.size()) {
      return Err{
          Fault{FaultKind::Corruption, where + " has to have 8 bytes. Restore it: without it no block can be read."}};
    }
    std::copy(stored->begin(), stored->end(), key.begin());
    if (options.obfuscation == BlockXor::None && key != ObfuscationKey{}) {
      return Err{Fault{FaultKind::Config, "The block files are obfuscated with the key in " + where +
                                              "; -blocksxor=0 is possible only in a new directory."}};
    }
    return Unit{};
  }

  Result<WriteFile*, Fault> file_for(Writer& w, const Writer::Key& which) {
    Writer::File& file = w.files[which];
    if (file.handle == nullptr) {
      const std::string where = path(which.second, which.first);
      KP_TRY(const bool is_there, exists(env, where));
      KP_TRY(file.handle, env.open_write(where, WriteMode::Keep));
      if (!is_there) w.directory_unsynced = true;
    }
    file.unsynced = true;
    return file.handle.get();
  }

  struct Record {
    ByteView bytes;
    ByteView tail;  // not counted by the size
  };

  // Puts magic, size and the record at `offset` of the file, reserving space ahead chunk by chunk.
  Result<Unit, Fault> put_record(Writer& w, const Writer::Key& which, std::uint32_t offset, const Record& record) {
    KP_TRY(WriteFile* const file, file_for(w, which));
    const std::uint32_t chunk = which.second == Stream::Blocks ? sizes.block_chunk : sizes.undo_chunk;
    Bytes stored;
    stored.reserve(kRecordHeaderBytes + record.bytes.size() + record.tail.size());
    append(stored, options.magic);
    append_le(stored, static_cast<std::uint32_t>(record.bytes.size()));
    append(stored, record.bytes);
    append(stored, record.tail);
    const std::uint32_t end = rounded_up(offset + static_cast<std::uint32_t>(stored.size()), chunk);
    if (end > rounded_up(offset, chunk)) KP_TRY_VOID(file->preallocate(end));
    obfuscate(stored, key, offset);
    return file->write_at(offset, stored);
  }

  // Gives back the space reserved behind the last record.
  Result<Unit, Fault> cut(Writer& w, const Writer::Key& which, std::uint32_t size) {
    KP_TRY(WriteFile* const file, file_for(w, which));
    return file->truncate(size);
  }

  bool undo_is_complete(const Writer& w, std::int32_t file) const {
    const auto height = w.undo_heights.find(file);
    const BlockFileInfo& info = w.infos[static_cast<std::size_t>(file)];
    return height != w.undo_heights.end() && height->second == static_cast<Height>(info.height_last);
  }

  // The file that `bytes` more bytes go to: the last, or a new one behind it when that is full.
  Result<std::int32_t, Fault> choose_file(Writer& w, std::uint32_t bytes) {
    // A block larger than a -fastprune file gets one for itself.
    const std::uint32_t limit = std::max(sizes.file_max, bytes + 1);
    std::int32_t file = w.last_file;
    while (static_cast<std::size_t>(file) < w.infos.size() &&
           w.infos[static_cast<std::size_t>(file)].size + bytes >= limit) {
      ++file;
    }
    if (file == w.last_file) return file;
    const std::int32_t full = w.last_file;
    const BlockFileInfo& info = w.infos[static_cast<std::size_t>(full)];
    KP_TRY_VOID(cut(w, {full, Stream::Blocks}, info.size));
    if (undo_is_complete(w, full)) KP_TRY_VOID(cut(w, {full, Stream::Undo}, info.undo_size));
    w.last_file = file;
    return file;
  }

  Result<std::shared_ptr<RandomReadFile>, Fault> reader(const Writer::Key& which) const {
    auto known = readers.with([&](auto& open) {
      const auto found = open.find(which);
      return found == open.end() ? nullptr : found->second;
    });
    if (known != nullptr) return known;
    auto opened = env.open_random(path(which.second, which.first), ReadMode::Copy);
    if (!opened) return Err{std::move(opened).error()};
    std::shared_ptr<RandomReadFile> file = std::move(opened).value();
    readers.with([&](auto& open) {
      if (open.size() >= kReadersMax) open.clear();
      open[which] = file;
    });
    return file;
  }

  // Exactly `size` bytes from `at` on, in clear.
  Result<Bytes, Fault> read_bytes(Stream stream, const FilePosition& at, std::uint32_t size) const {
    KP_TRY(const auto file, reader({at.file, stream}));
    Bytes bytes(size);
    KP_TRY(const ByteView got, file->read_at(at.offset, bytes));
    if (got.size() != size) return Err{damaged(stream, at, "the file ends there")};
    if (got.data() != bytes.data()) std::copy(got.begin(), got.end(), bytes.begin());
    obfuscate(bytes, key, at.offset);
    return bytes;
  }

  // The size in front of the record at `at`, after a look at the magic.
  Result<std::uint32_t, Fault> record_size(Stream stream, const FilePosition& at) const {
    if (at.file < 0 || at.offset < kRecordHeaderBytes) return Err{damaged(stream, at, "no record can be there")};
    KP_TRY(const Bytes header, read_bytes(stream, {at.file, at.offset - kRecordHeaderBytes}, kRecordHeaderBytes));
    if (!equal(ByteView{header}.first(4), options.magic)) {
      return Err{damaged(stream, at, "no record of this network is there")};
    }
    const auto size = load_le<std::uint32_t>(header.data() + 4);
    const std::uint32_t size_max = stream == Stream::Blocks ? kBlockBytesMax : kUndoBytesMax;
    if (size > size_max) return Err{damaged(stream, at, "the size of the record is impossible")};
    return size;
  }

  Result<Unit, Fault> remove_file(Stream stream, std::int32_t file) {
    readers.with([&](auto& open) { open.erase({file, stream}); });
    auto removed = env.remove(path(stream, file));
    if (!removed && removed.error().kind != FaultKind::NotFound) return removed;
    return Unit{};
  }
};

BlockFiles::BlockFiles(std::unique_ptr<State> state) : state_{std::move(state)} {}
BlockFiles::~BlockFiles() = default;

Result<std::unique_ptr<BlockFiles>, Fault> BlockFiles::open(Env& env, BlockFilesOptions options) {
  auto state = std::make_unique<State>(env, std::move(options));
  KP_TRY_VOID(make_directories(env, state->options.directory));
  KP_TRY_VOID(state->settle_key());
  return std::unique_ptr<BlockFiles>{new BlockFiles{std::move(state)}};
}

void BlockFiles::restore(std::vector<BlockFileInfo> infos, std::int32_t last_file) {
  const auto count = std::max(infos.size(), static_cast<std::size_t>(last_file) + 1);
  infos.resize(count);
  state_->synced.with([&](FileInfoChanges& synced) { synced = FileInfoChanges{{}, last_file}; });
  state_->writer.with([&](Writer& w) {
    w.infos = std::move(infos);
    w.last_file = last_file;
    w.changed.clear();
  });
}

Result<FilePosition, Fault> BlockFiles::append_block(ByteView raw, const BlockFacts& facts) {
  KP_ASSERT(raw.size() <= kBlockBytesMax);
  return state_->writer.with([&](Writer& w) -> Result<FilePosition, Fault> {
    const std::uint32_t bytes = kRecordHeaderBytes + static_cast<std::uint32_t>(raw.size());
    KP_TRY(const std::int32_t file, state_->choose_file(w, bytes));
    BlockFileInfo& info = w.info(file);
    KP_TRY_VOID(state_->put_record(w, {file, Stream::Blocks}, info.size, {raw, {}}));
    const FilePosition position{file, info.size + kRecordHeaderBytes};
    info.size += bytes;
    count_block(info, facts);
    return position;
  });
}

Result<FilePosition, Fault> BlockFiles::append_undo(ByteView undo, const UndoFacts& facts) {
  KP_ASSERT(facts.file >= 0 && undo.size() <= kUndoBytesMax);
  const crypto::Hash32 checksum = undo_checksum(facts.previous, undo);
  return state_->writer.with([&](Writer& w) -> Result<FilePosition, Fault> {
    const Writer::Key which{facts.file, Stream::Undo};
    BlockFileInfo& info = w.info(facts.file);
    KP_TRY_VOID(state_->put_record(w, which, info.undo_size, {undo, checksum}));
    const FilePosition position{facts.file, info.undo_size + kRecordHeaderBytes};
    info.undo_size += kRecordHeaderBytes + static_cast<std::uint32_t>(undo.size()) + kUndoChecksumBytes;
    Height& newest = w.undo_heights.try_emplace(facts.file, facts.height).first->second;
    newest = std::max(newest, facts.height);
    // The last undo of a file that blocks have left already.
    if (facts.file != w.last_file && state_->undo_is_complete(w, facts.file)) {
      KP_TRY_VOID(state_->cut(w, which, info.undo_size));
    }
    return position;
  });
}

void BlockFiles::note_existing(const BlockLocation& block, const BlockFacts& facts) {
  state_->writer.with([&](Writer& w) {
    BlockFileInfo& info = w.info(block.position.file);
    info.size = std::max(info.size, block.position.offset + block.size);
    count_block(info, facts);
    w.last_file = std::max(w.last_file, block.position.file);
  });
}

Result<Unit, Fault> BlockFiles::sync() {
  return state_->sync_turn.with([&](Unit) -> Result<Unit, Fault> {
    std::vector<std::shared_ptr<WriteFile>> unsynced;
    FileInfoChanges changes;
    bool directory_unsynced = false;
    state_->writer.with([&](Writer& w) {
      for (auto at = w.files.begin(); at != w.files.end();) {
        if (std::exchange(at->second.unsynced, false)) unsynced.push_back(at->second.handle);
        // Only the files at the end stay open.
        at = at->first.first < w.last_file ? w.files.erase(at) : std::next(at);
      }
      for (const std::int32_t file : w.changed) changes.rows.push_back({file, w.infos[static_cast<std::size_t>(file)]});
      w.changed.clear();
      changes.last_file = w.last_file;
      directory_unsynced = std::exchange(w.directory_unsynced, false);
    });
    for (const auto& file : unsynced) KP_TRY_VOID(file->sync());
    if (directory_unsynced) KP_TRY_VOID(state_->env.sync_directory(state_->options.directory));
    state_->synced.with([&](FileInfoChanges& synced) {
      synced.rows.insert(synced.rows.end(), changes.rows.begin(), changes.rows.end());
      synced.last_file = changes.last_file;
    });
    return Unit{};
  });
}

FileInfoChanges BlockFiles::take_changes() {
  FileInfoChanges taken = state_->synced.with([](FileInfoChanges& synced) {
    return FileInfoChanges{std::exchange(synced.rows, {}), synced.last_file};
  });
  // Of several syncs, the newest row of each file.
  std::map<std::int32_t, BlockFileInfo> newest;
  for (const auto& row : taken.rows) newest[row.file] = row.info;
  taken.rows.clear();
  for (const auto& [file, info] : newest) taken.rows.push_back({file, info});
  return taken;
}

Result<Bytes, Fault> BlockFiles::read_block(const FilePosition& position) const {
  KP_TRY(const std::uint32_t size, state_->record_size(Stream::Blocks, position));
  return state_->read_bytes(Stream::Blocks, position, size);
}

Result<Bytes, Fault> BlockFiles::read_block_part(const FilePosition& position, const ByteRange& range) const {
  KP_TRY(const std::uint32_t size, state_->record_size(Stream::Blocks, position));
  if (range.offset > size || range.size > size - range.offset) {
    return Err{Fault{FaultKind::Config, "The range goes beyond the " + std::to_string(size) + " bytes of the block."}};
  }
  return state_->read_bytes(Stream::Blocks, {position.file, position.offset + range.offset}, range.size);
}

Result<Bytes, Fault> BlockFiles::read_undo(const FilePosition& position, const BlockHash& previous) const {
  KP_TRY(const std::uint32_t size, state_->record_size(Stream::Undo, position));
  KP_TRY(Bytes undo, state_->read_bytes(Stream::Undo, position, size + kUndoChecksumBytes));
  const ByteView all{undo};
  if (!equal(all.subspan(size), undo_checksum(previous, all.first(size)))) {
    return Err{state_->damaged(Stream::Undo, position, "the checksum does not match")};
  }
  undo.resize(size);
  return undo;
}

Result<Unit, Fault> BlockFiles::prune(std::int32_t file) {
  return state_->writer.with([&](Writer& w) -> Result<Unit, Fault> {
    w.files.erase({file, Stream::Blocks});
    w.files.erase({file, Stream::Undo});
    w.undo_heights.erase(file);
    w.info(file) = BlockFileInfo{};
    KP_TRY_VOID(state_->remove_file(Stream::Blocks, file));
    KP_TRY_VOID(state_->remove_file(Stream::Undo, file));
    return state_->env.sync_directory(state_->options.directory);
  });
}

std::vector<BlockFileInfo> BlockFiles::infos() const {
  return state_->writer.with([](const Writer& w) { return w.infos; });
}

std::int32_t BlockFiles::last_file() const {
  return state_->writer.with([](const Writer& w) { return w.last_file; });
}

std::uint64_t BlockFiles::used_bytes() const {
  std::uint64_t sum = 0;
  for (const BlockFileInfo& info : infos()) sum += std::uint64_t{info.size} + info.undo_size;
  return sum;
}

Result<std::vector<std::int32_t>, Fault> BlockFiles::list_block_files() const {
  KP_TRY(const auto names, state_->env.list(state_->options.directory));
  std::vector<std::int32_t> numbers;
  for (const std::string& name : names) {
    if (const std::int32_t number = number_in(name, Stream::Blocks); number >= 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<Unit, Fault> BlockFiles::check_files(const std::vector<std::int32_t>& wanted, Kinds kinds) const {
  const std::vector<BlockFileInfo> known = infos();
  for (const std::int32_t file : wanted) {
    const auto at = static_cast<std::size_t>(file);
    const BlockFileInfo info = at < known.size() ? known[at] : BlockFileInfo{};
    KP_TRY_VOID(state_->check_file(Stream::Blocks, file, info.size));
    if (kinds == Kinds::BlocksAndUndo) KP_TRY_VOID(state_->check_file(Stream::Undo, file, info.undo_size));
  }
  return Unit{};
}

Result<Unit, Fault> BlockFiles::remove_unusable_files() {
  KP_TRY(const auto names, state_->env.list(state_->options.directory));
  for (const std::string& name : names) {
    const std::int32_t number = number_in(name, Stream::Undo);
    if (number >= 0) KP_TRY_VOID(state_->remove_file(Stream::Undo, number));
  }
  KP_TRY(const auto numbers, list_block_files());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != static_cast<std::int32_t>(i)) KP_TRY_VOID(state_->remove_file(Stream::Blocks, numbers[i]));
  }
  return state_->env.sync_directory(state_->options.directory);
}

std::string BlockFiles::block_path(std::int32_t file) const {
  return state_->path(Stream::Blocks, file);
}
std::string BlockFiles::undo_path(std::int32_t file) const {
  return state_->path(Stream::Undo, file);
}
const ObfuscationKey& BlockFiles::xor_key() const {
  return state_->key;
}
const NetworkMagic& BlockFiles::magic() const {
  return state_->options.magic;
}

}  // namespace kepeng::storage
