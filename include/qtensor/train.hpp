// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 10, host. Training what is deployed: one definition of a layer, read in real numbers or in the integers that it
/// becomes.
///
///     Model<Net> model(initial<Net>(Random(1)));                              model, random
///     train(model, images, CrossEntropy(labels), Adam{}, {.epochs = 20});     train, loss, optimizer
///     Model<Net, QuantizationAware<>> aware(model.parameters());              quantization_aware, quantizers
///     train(aware, images, CrossEntropy(labels), Adam{}, {.epochs = 5});
///     const Net::Quantized deployed = freeze(aware);
///
/// How a layer learns is a Trainable (trainable): weighted for layers with weights, backward for those that run as they
/// are (weightless, normalize, lstm), sequential and merge for compositions, batch_norm; in integers aware_weighted,
/// aware_layers, aware_merge. Beside it: pruning, and the loss around a network (landscape; io/contour draws it).

#include "train/activation_slope.hpp"
#include "train/aware_layers.hpp"
#include "train/aware_merge.hpp"
#include "train/aware_weighted.hpp"
#include "train/backward.hpp"
#include "train/batch_norm.hpp"
#include "train/fake_quantize.hpp"
#include "train/landscape.hpp"
#include "train/loss.hpp"
#include "train/lstm.hpp"
#include "train/merge.hpp"
#include "train/model.hpp"
#include "train/normalize.hpp"
#include "train/optimizer.hpp"
#include "train/pruning.hpp"
#include "train/quantization_aware.hpp"
#include "train/quantizers.hpp"
#include "train/random.hpp"
#include "train/sequential.hpp"
#include "train/sums_gradient.hpp"
#include "train/train.hpp"
#include "train/trainable.hpp"
#include "train/weighted.hpp"
#include "train/weightless.hpp"
