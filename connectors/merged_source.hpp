// MergedSource: samples and the labels that come later, from two sources, as one stream in the order of their times.
//
// Read each as fast as it goes, a topic with hours of samples would run ahead of their labels, or the other way round, and which ran
// ahead would be chance. So the record with the least time is taken next, once every partition has shown its next one or is at its end:
// what was there at a start is taken in the same order each time. Each side has a source of its own, so that one waits without the
// other. A partition that has shown nothing for `longest_wait` although its source is connected is not waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "connectors/source.hpp"

namespace rekindle {

// Where a record stands among those of both sources. Called once for each record, in the order of its partition.
using OrderOf = std::function<std::int64_t(const RawRecord& record)>;

// At most so many records a poll.
inline constexpr std::size_t merged_batch_size = 512;

struct MergeOptions {
  OrderOf order_of_sample = {};  // Nothing: the record's time.
  OrderOf order_of_label = {};
  bool labels_first = false;  // Of records that stand alike.
  // Held of a side while one of its partitions has nothing to show; beyond that the partition is not waited for.
  std::size_t most_bytes = std::size_t{64} << 20;
  std::chrono::milliseconds longest_wait{5000};
};

[[nodiscard]] std::unique_ptr<SampleSource> make_merged_source(std::unique_ptr<SampleSource> samples, std::unique_ptr<SampleSource> labels,
                                                               MergeOptions options = {});

}  // namespace rekindle
