// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "support/vectors.h"

#include <lzma.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <kepeng/base/hex.h>

namespace kepeng::test {
namespace {

[[noreturn]] void die(const std::string& what) {
  std::cerr << what << std::endl;
  std::abort();
}

std::filesystem::path shared_directory() {
  if (const char* chosen = std::getenv("KEPENG_SHARED")) return chosen;
  return std::filesystem::path{KEPENG_SOURCE_DIR} / "../shared";
}

}  // namespace

std::string shared_path(const std::string& name) {
  return (shared_directory() / name).string();
}

std::string source_path(const std::string& name) {
  return std::string{KEPENG_SOURCE_DIR} + "/" + name;
}

bool shared_present() {
  return std::filesystem::exists(shared_directory() / "vectors");
}

std::string read_shared_text(const std::string& name) {
  std::ifstream file{shared_path(name), std::ios::binary};
  if (!file) die("cannot read " + shared_path(name));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Bytes read_shared(const std::string& name) {
  const std::string text = read_shared_text(name);
  return Bytes(text.begin(), text.end());
}

rapidjson::Document parse_json(const std::string& text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag>(text.c_str(), text.size());
  if (document.HasParseError()) die("not JSON: " + text.substr(0, 100));
  return document;
}

rapidjson::Document read_shared_json(const std::string& name) {
  return parse_json(read_shared_text(name));
}

std::vector<std::string> read_shared_xz_lines(const std::string& name) {
  const Bytes packed = read_shared(name);
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) die("no XZ decoder");
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  std::string text;
  std::string chunk(1 << 20, '\0');
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(chunk.data());
    stream.avail_out = chunk.size();
    state = lzma_code(&stream, LZMA_FINISH);
    text.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  lzma_end(&stream);
  if (state != LZMA_STREAM_END) die("cannot unpack " + name);
  std::vector<std::string> lines;
  std::istringstream input{text};
  for (std::string line; std::getline(input, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::vector<std::string>> read_shared_csv(const std::string& name) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream input{read_shared_text(name)};
  for (std::string line; std::getline(input, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    std::vector<std::string> row{""};
    for (const char c : line) {
      if (c == ',') {
        row.emplace_back();
      } else {
        row.back() += c;
      }
    }
    rows.push_back(row);
  }
  return rows;
}

Bytes unhex(const std::string& text) {
  auto bytes = from_hex(text);
  if (!bytes) die("not hex: " + text.substr(0, 100));
  return *bytes;
}

}  // namespace kepeng::test
