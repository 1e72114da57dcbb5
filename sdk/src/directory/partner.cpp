#include <calluna/directory/partner.hpp>

namespace calluna::directory {

std::string display_name(partner const& p) {
  if (p.name.empty()) return p.company;
  return p.company.empty() ? p.name : p.name + " (" + p.company + ')';
}

}  // namespace calluna::directory
