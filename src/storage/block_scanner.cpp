// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/storage/block_scanner.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kepeng::storage {
namespace {

constexpr std::size_t kChunkBytes = 4 << 20;

}  // namespace

// `window` holds the bytes from `window_offset` on that were read and not passed yet, in clear.
struct BlockScanner::State {
  std::unique_ptr<SequentialFile> file;
  NetworkMagic magic;
  ObfuscationKey key;
  std::uint64_t size = 0;

  Bytes window;
  std::uint64_t window_offset = 0;
  std::size_t at = 0;   // the next byte to look at, within the window
  bool at_end = false;  // the window reaches to the end of the file
  std::uint64_t junk = 0;
  std::optional<std::size_t> last;  // where the last record began, within the window

  std::size_t left() const { return window.size() - at; }

  // At least `count` bytes from `at` on, unless the file ends before.
  Result<Unit, Fault> need(std::size_t count) {
    if (left() >= count || at_end) return Unit{};
    window.erase(window.begin(), window.begin() + static_cast<std::ptrdiff_t>(at));
    window_offset += at;
    at = 0;
    const std::size_t had = window.size();
    const std::size_t wanted = std::max(count - had, kChunkBytes);
    window.resize(had + wanted);
    auto got = file->read(ByteSpan{window}.subspan(had));
    if (!got) {
      window.resize(had);
      return Err{std::move(got).error()};
    }
    window.resize(had + *got);
    at_end = *got < wanted;
    obfuscate(ByteSpan{window}.subspan(had), key, window_offset + had);
    return Unit{};
  }

  // Moves `at` to the next magic that may begin a record; false when there is none in the window.
  bool find_magic() {
    while (left() >= magic.size()) {
      const auto* from = window.data() + at;
      const auto* found = static_cast<const std::uint8_t*>(std::memchr(from, magic[0], left()));
      const std::size_t skipped = found == nullptr ? left() : static_cast<std::size_t>(found - from);
      pass_junk(skipped);
      if (left() < magic.size()) return false;
      if (std::memcmp(window.data() + at, magic.data(), magic.size()) == 0) return true;
      pass_junk(1);
    }
    return false;
  }

  void pass_junk(std::size_t count) {
    at += count;
    junk += count;
  }
};

BlockScanner::BlockScanner(std::unique_ptr<State> state) : state_{std::move(state)} {}
BlockScanner::BlockScanner(BlockScanner&&) noexcept = default;
BlockScanner::~BlockScanner() = default;

Result<BlockScanner, Fault> BlockScanner::open(Env& env, const std::string& path, const NetworkMagic& magic,
                                               const ObfuscationKey& key) {
  KP_TRY(const FileStatus status, env.status(path));
  auto state = std::make_unique<State>();
  KP_TRY(state->file, env.open_sequential(path));
  state->magic = magic;
  state->key = key;
  state->size = status.size;
  return BlockScanner{std::move(state)};
}

Result<std::optional<ScannedBlock>, Fault> BlockScanner::next() {
  State& s = *state_;
  s.last.reset();
  for (;;) {
    KP_TRY_VOID(s.need(kRecordHeaderBytes));
    if (!s.find_magic()) {
      // The last bytes of the window may be the beginning of a magic that goes on behind it.
      if (!s.at_end) continue;
      s.pass_junk(s.left());
      return std::optional<ScannedBlock>{};
    }
    KP_TRY_VOID(s.need(kRecordHeaderBytes));
    const std::uint32_t size = s.left() < kRecordHeaderBytes ? 0 : load_le<std::uint32_t>(s.window.data() + s.at + 4);
    if (size < kBlockBytesMin || size > kBlockBytesMax) {
      s.pass_junk(1);
      continue;
    }
    const std::size_t record = kRecordHeaderBytes + size;
    KP_TRY_VOID(s.need(record));
    if (s.left() < record) {
      s.pass_junk(1);
      continue;
    }
    s.last = s.at;
    s.at += record;
    const std::uint64_t offset = s.window_offset + *s.last + kRecordHeaderBytes;
    return std::optional{ScannedBlock{offset, ByteView{s.window}.subspan(*s.last + kRecordHeaderBytes, size)}};
  }
}

void BlockScanner::reject() {
  KP_ASSERT(state_->last.has_value());
  state_->at = *state_->last;
  state_->last.reset();
  state_->pass_junk(1);
}

std::uint64_t BlockScanner::position() const {
  return state_->window_offset + state_->at;
}
std::uint64_t BlockScanner::size() const {
  return state_->size;
}
std::uint64_t BlockScanner::junk_bytes() const {
  return state_->junk;
}

}  // namespace kepeng::storage
