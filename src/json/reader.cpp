// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <limits>
#include <utility>

#include <kepeng/json/reader.h>

namespace kepeng::json {
namespace {

// Builds the tree from the parser's events on a stack of open containers. The parser calls the capitalised functions.
class TreeBuilder {
 public:
  using Size = rapidjson::SizeType;

  // NOLINTBEGIN(readability-identifier-naming): the parser's names
  bool Null() { return add(Value{}); }
  bool Bool(bool flag) { return add(Value::boolean(flag)); }
  bool RawNumber(const char* text, Size length, bool) { return add(Value::number(std::string(text, length))); }
  bool String(const char* text, Size length, bool) {
    return check_surrogates({text, length}) && add(Value::string(std::string(text, length)));
  }
  bool Key(const char* text, Size length, bool) {
    if (!check_surrogates({text, length})) return false;
    open_.back().keys.emplace_back(text, length);
    return true;
  }
  bool StartObject() { return open(); }
  bool StartArray() { return open(); }
  bool EndArray(Size) {
    Value value = Value::array(std::move(open_.back().values));
    open_.pop_back();
    return add(std::move(value));
  }
  bool EndObject(Size) {
    Container closed = std::move(open_.back());
    open_.pop_back();
    std::vector<Member> members;
    members.reserve(closed.keys.size());
    for (std::size_t i = 0; i < closed.keys.size(); ++i) {
      members.push_back({std::move(closed.keys[i]), std::move(closed.values[i])});
    }
    return add(Value::object(std::move(members)));
  }

  // Numbers come as text; these exist because the parser wants to see them.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  // NOLINTEND(readability-identifier-naming)

  // Why the builder stopped the parser; nullptr when it did not.
  const char* refusal() const { return refusal_; }
  Value take_root() { return std::move(root_); }

 private:
  struct Container {
    std::vector<std::string> keys;
    std::vector<Value> values;
  };

  bool open() {
    if (open_.size() == kDepthMax) return refuse("The value is nested too deeply");
    open_.emplace_back();
    return true;
  }
  bool refuse(const char* why) {
    refusal_ = why;
    return false;
  }
  // The parser lets an escaped low surrogate without its high one pass, and writes it as three bytes that are no UTF-8.
  bool check_surrogates(std::string_view text) {
    for (auto at = text.find('\xed'); at != std::string_view::npos; at = text.find('\xed', at + 1)) {
      if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xa0) return refuse("A lone surrogate");
    }
    return true;
  }
  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().values.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Container> open_;
  Value root_;
  const char* refusal_ = nullptr;
};

constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag |
                            rapidjson::kParseValidateEncodingFlag | rapidjson::kParseStopWhenDoneFlag;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

Result<Value, ParseError> parse(std::string_view text) {
  if (text.size() > std::numeric_limits<rapidjson::SizeType>::max()) return Err{ParseError{0, "The text is too long"}};

  rapidjson::MemoryStream stream{text.data(), text.size()};
  rapidjson::Reader reader;
  TreeBuilder builder;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (const char* why = builder.refusal()) return Err{ParseError{stream.Tell(), why}};
  if (result.IsError()) return Err{ParseError{result.Offset(), rapidjson::GetParseError_En(result.Code())}};

  std::size_t end = stream.Tell();
  while (end < text.size() && is_space(text[end])) ++end;
  if (end < text.size()) return Err{ParseError{end, "There is something after the value"}};
  return builder.take_root();
}

}  // namespace kepeng::json
