#include <calluna/erp/read_batch.hpp>

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace calluna::erp {

using nlohmann::json;

bool read_batch::add(std::vector<record_id> const& ids) {
  std::size_t fresh = 0;
  for (auto const id : ids) fresh += seen_.count(id) == 0 ? 1 : 0;
  if (!parts_.empty() && fresh > 0 && all_.size() + fresh > max_ids) return false;
  parts_.push_back(ids);
  for (auto const id : ids)
    if (seen_.insert(id).second) all_.push_back(id);
  return true;
}

std::vector<json> read_batch::split(json const& records) const {
  std::unordered_map<record_id, json const*> by_id;
  for (auto const& record : records) {
    auto const id = record.is_object() ? record.find("id") : record.end();
    if (id != record.end() && id->is_number_integer()) by_id.emplace(id->get<record_id>(), &record);
  }
  std::vector<json> answers;
  for (auto const& part : parts_) {
    auto answer = json::array();
    for (auto const id : part)
      if (auto const found = by_id.find(id); found != by_id.end()) answer.push_back(*found->second);
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace calluna::erp
