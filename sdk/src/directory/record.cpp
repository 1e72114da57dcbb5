#include <calluna/directory/record.hpp>

#include <algorithm>

namespace calluna::directory {
namespace {

// Lengths: seven bits a byte, the lowest first; the eighth says that there are more.
void put_length(std::string& out, std::size_t length) {
  for (; length >= 0x80; length >>= 7) out += static_cast<char>(0x80 | (length & 0x7f));
  out += static_cast<char>(length);
}

void put(std::string& out, std::string_view text) {
  put_length(out, text.size());
  out += text;
}

void put(std::string& out, std::vector<std::string> const& texts) {
  std::string all;
  for (auto const& one : texts) put(all, one);
  put(out, all);
}

// Takes the next field off `rest`.
std::string_view take(std::string_view& rest) {
  std::size_t length = 0, at = 0;
  for (unsigned shift = 0; at < rest.size() && shift < 35; shift += 7) {
    auto const byte = static_cast<unsigned char>(rest[at++]);
    length |= std::size_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  length = std::min(length, rest.size() - at);
  auto const field = rest.substr(at, length);
  rest.remove_prefix(at + length);
  return field;
}

std::vector<std::string> owned(std::vector<std::string_view> const& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

std::string encode(partner const& p) {
  std::string out;
  for (std::string_view const text :
       {std::string_view(p.id), std::string_view(p.name), std::string_view(p.company_id),
        std::string_view(p.company), std::string_view(p.is_company ? "1" : ""),
        std::string_view(p.region), std::string_view(p.salesperson), std::string_view(p.url),
        std::string_view(p.lang)})
    put(out, text);
  for (auto const* list : {&p.tags, &p.numbers, &p.salesperson_endpoints}) put(out, *list);
  return out;
}

std::string_view record::text(int field) const {
  auto rest = bytes_;
  for (int i = 0; i < field; ++i) take(rest);
  return take(rest);
}

std::vector<std::string_view> record::list(int field) const {
  std::vector<std::string_view> all;
  for (auto rest = text(field); !rest.empty();) all.push_back(take(rest));
  return all;
}

std::string display_name(record const& r) {
  std::string const name(r.name()), company(r.company());
  if (name.empty()) return company;
  return company.empty() || company == name ? name : name + " (" + company + ')';
}

partner decode(record const& r) {
  partner p;
  p.id = r.id();
  p.name = r.name();
  p.company_id = r.company_id();
  p.company = r.company();
  p.is_company = r.is_company();
  p.region = r.region();
  p.salesperson = r.salesperson();
  p.url = r.url();
  p.lang = r.lang();
  p.tags = owned(r.tags());
  p.numbers = owned(r.numbers());
  p.salesperson_endpoints = owned(r.salesperson_endpoints());
  return p;
}

}  // namespace calluna::directory
