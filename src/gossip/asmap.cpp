// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/gossip/asmap.h>

#include <bit>
#include <optional>
#include <vector>

#include <kepeng/base/assert.h>

namespace kepeng::gossip {
namespace {

enum class Opcode : std::uint8_t { Return, Jump, Match, Default };

constexpr unsigned kAddressBits = 128;
constexpr unsigned kFullMatchBits = 8;
constexpr std::size_t kPaddingBitsMax = 7;

// A number is written in one of several classes of growing width. A one says "not this class" and adds its size to what
// the next class starts at; a zero, which the last class does not need, says "this one". Then come its bits, highest
// first.
struct NumberForm {
  std::uint32_t first;  // the smallest number
  std::uint8_t narrowest;
  std::uint8_t widest;  // the classes between differ by one bit
};
constexpr NumberForm kAsNumber{1, 15, 24};
constexpr NumberForm kMatch{2, 1, 8};
constexpr NumberForm kJump{17, 5, 30};

class Reader {
 public:
  explicit Reader(ByteView program, std::size_t at = 0) : program_{program}, at_{at} {}

  std::size_t at() const { return at_; }
  std::size_t remaining() const { return program_.size() * 8 - at_; }
  void skip(std::size_t bits) { at_ += bits; }

  std::optional<unsigned> bit() {
    if (remaining() == 0) return std::nullopt;
    const unsigned value = (program_[at_ / 8] >> (at_ % 8)) & 1u;
    ++at_;
    return value;
  }

  std::optional<std::uint32_t> number(NumberForm form) {
    std::uint32_t value = form.first;
    for (unsigned width = form.narrowest; width <= form.widest; ++width) {
      if (width < form.widest) {
        const auto not_this_class = bit();
        if (!not_this_class) return std::nullopt;
        if (*not_this_class != 0) {
          value += 1u << width;
          continue;
        }
      }
      if (remaining() < width) return std::nullopt;
      std::uint32_t offset = 0;
      for (unsigned i = 0; i < width; ++i) offset = offset << 1 | *bit();
      return value + offset;
    }
    return std::nullopt;
  }

  // 0, 10, 110 and 111.
  std::optional<Opcode> opcode() {
    for (const Opcode code : {Opcode::Return, Opcode::Jump, Opcode::Match}) {
      const auto more = bit();
      if (!more) return std::nullopt;
      if (*more == 0) return code;
    }
    return Opcode::Default;
  }

 private:
  ByteView program_;
  std::size_t at_;
};

// The bits below the highest one are what is to be matched.
unsigned match_bits(std::uint32_t match) {
  return static_cast<unsigned>(std::bit_width(match)) - 1;
}

// Follows the program once from its first bit to its last. A jump leaves its target behind on a stack: the code in
// between is one complete branch, which has to end exactly there.
class Inspection {
 public:
  explicit Inspection(ByteView program) : reader_{program} {}

  // What is wrong, or nullptr.
  const char* run() {
    while (!finished_) {
      if (!targets_.empty() && reader_.at() >= targets_.back().at) return "a jump into the middle of an instruction";
      const auto opcode = reader_.opcode();
      if (!opcode) return kEndsEarly;
      const char* wrong = nullptr;
      switch (*opcode) {
        case Opcode::Return:
          wrong = on_return();
          break;
        case Opcode::Jump:
          wrong = on_jump();
          break;
        case Opcode::Match:
          wrong = on_match();
          break;
        case Opcode::Default:
          wrong = on_default();
          break;
      }
      if (wrong != nullptr) return wrong;
    }
    return check_padding();
  }

 private:
  static constexpr const char* kEndsEarly = "it ends inside the program";

  struct Target {
    std::size_t at;
    unsigned bits_left;
  };

  const char* on_return() {
    if (previous_ == Opcode::Default) return "a default that is returned at once";
    if (!reader_.number(kAsNumber)) return kEndsEarly;
    if (targets_.empty()) {
      finished_ = true;
      return nullptr;
    }
    if (reader_.at() != targets_.back().at) return "code that nothing reaches";
    bits_left_ = targets_.back().bits_left;
    targets_.pop_back();
    previous_ = Opcode::Jump;
    return nullptr;
  }

  const char* on_jump() {
    const auto distance = reader_.number(kJump);
    if (!distance) return kEndsEarly;
    if (*distance > reader_.remaining()) return "a jump past the end";
    if (bits_left_ == 0) return "a jump when the address is used up";
    --bits_left_;
    const std::size_t target = reader_.at() + *distance;
    if (!targets_.empty() && target >= targets_.back().at) return "jumps that cross each other";
    targets_.push_back({target, bits_left_});
    previous_ = Opcode::Jump;
    return nullptr;
  }

  // A row of matches has at most one that is shorter than it could be.
  const char* on_match() {
    const auto match = reader_.number(kMatch);
    if (!match) return kEndsEarly;
    const unsigned length = match_bits(*match);
    if (previous_ != Opcode::Match) had_short_match_ = false;
    if (length < kFullMatchBits && had_short_match_) return "matches that should be one";
    had_short_match_ = length < kFullMatchBits;
    if (bits_left_ < length) return "a match of more bits than an address has";
    bits_left_ -= length;
    previous_ = Opcode::Match;
    return nullptr;
  }

  const char* on_default() {
    if (previous_ == Opcode::Default) return "two defaults in a row";
    if (!reader_.number(kAsNumber)) return kEndsEarly;
    previous_ = Opcode::Default;
    return nullptr;
  }

  const char* check_padding() {
    if (reader_.remaining() > kPaddingBitsMax) return "bytes behind the program";
    while (const auto bit = reader_.bit()) {
      if (*bit != 0) return "padding that is not zero";
    }
    return nullptr;
  }

  Reader reader_;
  std::vector<Target> targets_;  // at most one for each bit of an address
  unsigned bits_left_ = kAddressBits;
  Opcode previous_ = Opcode::Jump;
  bool had_short_match_ = false;
  bool finished_ = false;
};

class AddressBits {
 public:
  explicit AddressBits(const wire::NetworkAddress::V1& ip) : ip_{ip} {}
  unsigned next() {
    KP_ASSERT(at_ < kAddressBits);
    const unsigned bit = (ip_[at_ / 8] >> (7 - at_ % 8)) & 1u;
    ++at_;
    return bit;
  }

 private:
  const wire::NetworkAddress::V1& ip_;
  unsigned at_ = 0;
};

bool matches(std::uint32_t match, AddressBits& address) {
  for (unsigned i = match_bits(match); i > 0; --i) {
    if (address.next() != ((match >> (i - 1)) & 1u)) return false;
  }
  return true;
}

}  // namespace

Result<Asmap, std::string> Asmap::parse(Bytes program) {
  if (program.size() > kAsmapBytesMax) return Err{std::string{"The asmap is too large."}};
  if (const char* wrong = Inspection{program}.run()) return Err{std::string{"The asmap is damaged: "} + wrong + "."};
  return Asmap{std::move(program)};
}

// The inspection has seen every instruction, so each number is there and each jump stays inside.
std::uint32_t Asmap::lookup(const wire::NetworkAddress::V1& ip) const {
  Reader reader{program_};
  AddressBits address{ip};
  std::uint32_t otherwise = 0;
  while (true) {
    switch (reader.opcode().value()) {
      case Opcode::Return:
        return reader.number(kAsNumber).value();
      case Opcode::Jump: {
        const std::uint32_t distance = reader.number(kJump).value();
        if (address.next() != 0) reader.skip(distance);
        break;
      }
      case Opcode::Match:
        if (!matches(reader.number(kMatch).value(), address)) return otherwise;
        break;
      case Opcode::Default:
        otherwise = reader.number(kAsNumber).value();
        break;
    }
  }
}

std::uint32_t Asmap::as_number(const wire::NetworkAddress& address) const {
  if (const auto linked = address.linked_ipv4()) return lookup(wire::NetworkAddress::ipv4(*linked).to_v1());
  return address.has_v1_form() ? lookup(address.to_v1()) : 0;
}

}  // namespace kepeng::gossip
