#include "json_scan.hpp"

#include <calluna/ari/json_view.hpp>

namespace calluna::ari {

json_view::value json_view::find(std::string_view key) const noexcept {
  json_scan scan(object_);
  value found;
  if (scan.at(scan.next()) != '{') return found;
  visit_members(scan, [&](json_member const& m) {
    bool const container = m.kind == '{' || m.kind == '[';
    if (m.key != key) {
      if (container) scan.leave();
      return true;
    }
    found.raw = m.value;
    if (container) {
      auto const end = scan.leave();
      if (end == json_scan::npos) return false;
      found.raw = object_.substr(m.begin, end + 1 - m.begin);
    }
    found.kind = m.kind == '"'   ? kind::text
                 : m.kind == '{' ? kind::object
                 : m.kind == '[' ? kind::array
                                 : kind::scalar;
    return false;
  });
  return found;
}

}  // namespace calluna::ari
