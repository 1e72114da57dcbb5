#include "printable.hpp"

#include <calluna/agi/environment.hpp>

#include <algorithm>
#include <array>

namespace calluna::agi {
namespace {

constexpr std::string_view prefix = "agi_";
constexpr std::string_view argument_prefix = "agi_arg_";

struct field {
  std::string_view name;
  std::string environment::*place;
};
constexpr std::array fields{
    field{"agi_request", &environment::request},
    field{"agi_channel", &environment::channel},
    field{"agi_uniqueid", &environment::uniqueid},
    field{"agi_callerid", &environment::callerid_number},
    field{"agi_calleridname", &environment::callerid_name},
    field{"agi_dnid", &environment::dnid},
    field{"agi_rdnis", &environment::rdnis},
    field{"agi_context", &environment::context},
    field{"agi_extension", &environment::extension},
    field{"agi_priority", &environment::priority},
    field{"agi_language", &environment::language},
    field{"agi_accountcode", &environment::accountcode},
    field{"agi_version", &environment::version},
};
constexpr std::array may_be_unknown{"agi_callerid", "agi_calleridname", "agi_dnid", "agi_rdnis"};

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const encoded =
        text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    if (encoded) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

result<void> environment::take(std::string_view line) {
  auto const colon = line.find(':');
  if (colon == std::string_view::npos || line.substr(0, prefix.size()) != prefix)
    return fail(error_kind::protocol,
                "this is not Asterisk's AGI: it says \"" + printable(line) + "\"");
  auto const name = line.substr(0, colon);
  auto value = line.substr(colon + 1);
  if (value.substr(0, 1) == " ") value.remove_prefix(1);
  if (name == "agi_network_script") {
    auto const mark = std::min(value.find('?'), value.size());
    script = decoded(value.substr(0, mark), false);
    while (!script.empty() && script.front() == '/') script.erase(0, 1);
    while (!script.empty() && script.back() == '/') script.pop_back();
    query = value.substr(std::min(mark + 1, value.size()));
    return {};
  }
  if (name.substr(0, argument_prefix.size()) == argument_prefix) {
    arguments.emplace_back(value);
    return {};
  }
  auto const known =
      std::find_if(fields.begin(), fields.end(), [&](field const& f) { return f.name == name; });
  if (known == fields.end()) return {};
  bool const unknown = value == "unknown" && std::find(may_be_unknown.begin(), may_be_unknown.end(),
                                                       name) != may_be_unknown.end();
  this->*known->place = unknown ? std::string_view() : value;
  return {};
}

std::vector<std::pair<std::string, std::string>> query_fields(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> found;
  while (!query.empty()) {
    auto const end = std::min(query.find('&'), query.size());
    auto const one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (one.empty()) continue;
    auto const equals = std::min(one.find('='), one.size());
    found.emplace_back(decoded(one.substr(0, equals), true),
                       decoded(one.substr(std::min(equals + 1, one.size())), true));
  }
  return found;
}

}  // namespace calluna::agi
