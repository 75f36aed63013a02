// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/header_presync.h>

#include <kepeng/consensus/difficulty.h>
#include <kepeng/consensus/rules.h>

namespace kepeng::gossip {
namespace {

constexpr std::int64_t kMaxFutureSeconds = 2 * 60 * 60;  // how far a header's time may be ahead of ours

}  // namespace

HeaderPresync::HeaderPresync(const Task& task, Prng& random, const PresyncNumbers& numbers)
    : network_{task.network},
      start_{task.start},
      work_needed_{task.work_needed},
      numbers_{numbers},
      key_{random.next(), random.next()},
      offset_{static_cast<std::size_t>(random.below(numbers.period))} {
  const std::int64_t seconds = task.now.seconds - start_->median_time_past().seconds + kMaxFutureSeconds;
  const std::int64_t blocks = std::max<std::int64_t>(0, seconds) * numbers.blocks_per_second;
  bits_max_ = static_cast<std::size_t>(blocks) / numbers.period + 1;
  start_over(Phase::Counting);
}

void HeaderPresync::start_over(Phase phase) {
  phase_ = phase;
  height_ = start_->height;
  last_hash_ = start_->hash;
  last_target_ = start_->header.target;
  work_ = start_->chain_work;
  passed_hash_ = start_->hash;
}

bool HeaderPresync::is_marked(Height height) const {
  return static_cast<std::size_t>(height) % numbers_.period == offset_;
}

bool HeaderPresync::secret_bit(const BlockHash& hash) const {
  return (crypto::siphash24_hash(key_, hash.bytes) & 1) != 0;
}

// Does the header go on from the last one? Its place alone is judged: what needs times and ancestors comes when it is
// passed on.
std::optional<std::string> HeaderPresync::follow(const BlockHeader& header) {
  if (header.previous != last_hash_) return "the headers are no chain";
  const BlockHash hash = header.hash();
  if (!consensus::check_proof_of_work(hash, header.target, network_)) return "a header lacks its proof of work";
  if (!consensus::is_permitted_transition(network_, height_ + 1, last_target_, header.target)) {
    return "a header's difficulty cannot follow from the one before";
  }
  ++height_;
  last_hash_ = hash;
  last_target_ = header.target;
  work_ += work_of(header.target);
  return std::nullopt;
}

HeaderPresync::Step HeaderPresync::take(std::span<const BlockHeader> headers, Message message) {
  if (phase_ == Phase::Done) return {};
  if (headers.empty()) return fail("its chain ends before it has enough work");
  return phase_ == Phase::Counting ? count(headers, message) : read(headers, message);
}

HeaderPresync::Step HeaderPresync::count(std::span<const BlockHeader> headers, Message message) {
  for (const BlockHeader& header : headers) {
    if (auto problem = follow(header)) return fail(std::move(*problem));
    if (is_marked(height_)) {
      if (bits_.size() == bits_max_) return fail("its chain has more blocks than time has passed");
      bits_.push_back(secret_bit(last_hash_));
    }
    if (work_ < work_needed_) continue;
    start_over(Phase::Reading);
    return {{}, last_hash_, std::nullopt};
  }
  if (message == Message::Last) return fail("its chain ends before it has enough work");
  return {{}, last_hash_, std::nullopt};
}

HeaderPresync::Step HeaderPresync::read(std::span<const BlockHeader> headers, Message message) {
  Step step;
  for (const BlockHeader& header : headers) {
    if (auto problem = follow(header)) return fail(std::move(*problem));
    // Beyond the work that was counted there are no bits, and none are needed.
    if (is_marked(height_) && work_ < work_needed_) {
      const bool is_same = bits_read_ < bits_.size() && bits_[bits_read_] == secret_bit(last_hash_);
      if (!is_same) return fail("its chain is another one than before");
      ++bits_read_;
    }
    kept_.push_back({header.version, header.merkle_root, header.time, header.target, header.nonce});
    const bool is_proven = work_ >= work_needed_;
    while (!kept_.empty() && (is_proven || kept_.size() > numbers_.look_ahead)) step.passed.push_back(take_oldest());
    if (is_proven) phase_ = Phase::Done;
  }
  if (phase_ == Phase::Done) {
    if (message == Message::Full) step.ask_from = last_hash_;
    bits_.clear();
    return step;
  }
  if (message == Message::Last) return fail("its chain is shorter than before");
  step.ask_from = last_hash_;
  return step;
}

BlockHeader HeaderPresync::take_oldest() {
  const Kept& kept = kept_.front();
  BlockHeader header;
  header.version = kept.version;
  header.previous = passed_hash_;
  header.merkle_root = kept.merkle_root;
  header.time = kept.time;
  header.target = kept.target;
  header.nonce = kept.nonce;
  kept_.pop_front();
  passed_hash_ = header.hash();
  return header;
}

HeaderPresync::Step HeaderPresync::fail(std::string why) {
  phase_ = Phase::Done;
  bits_.clear();
  kept_.clear();
  Step step;
  step.problem = std::move(why);
  return step;
}

std::size_t HeaderPresync::memory_bytes() const {
  return sizeof *this + kept_.size() * sizeof(Kept) + bits_.capacity() / 8;
}

}  // namespace kepeng::gossip
