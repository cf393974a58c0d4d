"""Makes test/fixtures/models/*.json: what each embedded model answers in someone else's runtime.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install -r test/goldens/requirements.txt
    npm run build && /tmp/goldens/bin/python test/goldens/models.py

TFLite files run in LiteRT, fr_feature (untouched, tiny weights and all) in Python's onnxruntime. LiteRT lacks
MediaPipe's three landmark operators, so for the face mesh their outputs become inputs of the graph: the graph runs
once an operator, each time the next operator is computed here, in numpy, after MediaPipe's C++
(mediapipe/util/tflite/operations). The input is a face drawn by a formula (test/models/formula-face.ts draws the same).
"""

import json
import math
from pathlib import Path

import flatbuffers
import numpy as np
import onnxruntime
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from flatbuffers import flexbuffers

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "dist/models/weights"
FIXTURES = ROOT / "test/fixtures/models"


def formula_face(n):
    """An n × n picture of bytes [n, n, 3]; only + − × ÷ and comparisons, so that every language draws the same."""
    place = (np.arange(n, dtype=np.float64) + 0.5) / n
    u, v = place[None, :], place[:, None]
    oval = lambda x, y, w, h: ((u - x) / w) ** 2 + ((v - y) / h) ** 2
    picture = np.stack(np.broadcast_arrays(60 + 100 * v, 90 + 80 * u, 140 + 0 * u), -1)
    head = oval(0.5, 0.48, 0.22, 0.3)
    skin = np.stack([224 - 50 * head, 172 - 50 * head, 140 - 50 * head], -1)
    layers = [
        (oval(0.5, 1.1, 0.45, 0.35) < 1, (40, 50, 90)),
        (oval(0.5, 0.42, 0.26, 0.32) < 1, (50, 35, 25)),
        (oval(0.5, 0.8, 0.09, 0.12) < 1, (190, 140, 112)),
        (head < 1, skin),
        (oval(0.41, 0.38, 0.06, 0.012) < 1, (60, 40, 30)),
        (oval(0.59, 0.38, 0.06, 0.012) < 1, (60, 40, 30)),
        (oval(0.41, 0.44, 0.045, 0.02) < 1, (240, 238, 235)),
        (oval(0.59, 0.44, 0.045, 0.02) < 1, (240, 238, 235)),
        (oval(0.41, 0.44, 0.018, 0.019) < 1, (45, 30, 20)),
        (oval(0.59, 0.44, 0.018, 0.019) < 1, (45, 30, 20)),
        (oval(0.5, 0.57, 0.035, 0.02) < 1, (160, 105, 85)),
        (oval(0.5, 0.67, 0.08, 0.022) < 1, (165, 70, 75)),
        (oval(0.5, 0.67, 0.075, 0.004) < 1, (90, 30, 35)),
    ]
    for where, colour in layers:
        picture = np.where(where[..., None], colour, picture)
    return np.floor(picture)


def read(name):
    return (WEIGHTS / name).read_bytes()


def run_tflite(model, feeds):
    """Outputs by name; feeds by name."""
    interpreter = Interpreter(model_content=bytes(model), num_threads=1)
    interpreter.allocate_tensors()
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], feeds[detail["name"]].astype(np.float32).reshape(detail["shape"]))
    interpreter.invoke()
    return {each["name"]: interpreter.get_tensor(each["index"]).copy() for each in interpreter.get_output_details()}


def read_options(options):
    return flexbuffers.Loads(bytes(options))


def transform_matrix(options, landmarks):
    """Landmarks2TransformMatrix, version 2: by the angle, matrix after matrix."""
    points = landmarks.reshape(-1, 3).astype(np.float64)
    left, right = points[options["left_rotation_idx"]], points[options["right_rotation_idx"]]
    angle = options["target_rotation_radians"] - math.atan2(right[1] - left[1], right[0] - left[0])

    def turn(a):
        return np.array([[math.cos(a), -math.sin(a)], [math.sin(a), math.cos(a)]])

    turned = points[options["subset_idxs"], :2] @ turn(angle).T
    size = turned.max(0) - turned.min(0)
    centre = turn(-angle) @ ((turned.max(0) + turned.min(0)) / 2)
    out = np.array([options["output_width"], options["output_height"]])

    def shift(x, y):
        matrix = np.eye(4)
        matrix[:2, 3] = x, y
        return matrix

    rotate, scale = np.eye(4), np.eye(4)
    rotate[:2, :2] = turn(-angle)
    scale[0, 0] = options["scale_x"] * size[0] / out[0]
    scale[1, 1] = options["scale_y"] * size[1] / out[1]
    return shift(*centre) @ rotate @ scale @ shift(*(-out / 2))


def transform_tensor(options, features, matrix):
    """TransformTensorBilinear, version 2: pixel by pixel."""
    features, matrix = features.astype(np.float64), matrix.reshape(4, 4).astype(np.float64)
    _, height, width, channels = features.shape
    rows, columns = options["output_height"], options["output_width"]
    result = np.zeros((1, rows, columns, channels))
    for row in range(rows):
        for column in range(columns):
            x, y = (matrix @ [column + 0.5, row + 0.5, 0, 1])[:2] - 0.5
            if x < 0 or y < 0 or x > width - 1 or y > height - 1:
                continue
            x0, y0 = math.floor(x), math.floor(y)
            for yy, wy in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
                for xx, wx in ((x0, 1 - (x - x0)), (x0 + 1, x - x0)):
                    if yy < height and xx < width:
                        result[0, row, column] += wy * wx * features[0, yy, xx]
    return result


def transform_landmarks(_, landmarks, matrix):
    """TransformLandmarks, version 2: points of two numbers through the plane part of the matrix."""
    matrix, points = matrix.reshape(4, 4), landmarks.reshape(-1, 2)
    return points @ matrix[:2, :2].T + matrix[:2, 3]


CUSTOM = {
    "Landmarks2TransformMatrix": transform_matrix,
    "TransformTensorBilinear": transform_tensor,
    "TransformLandmarks": transform_landmarks,
}


def run_with_custom_operators(content, feeds):
    """Cuts the custom operators out of the graph and computes them between runs, in their order."""
    model = schema.ModelT.InitFromPackedBuf(content)
    graph = model.subgraphs[0]
    name = lambda op: (model.operatorCodes[op.opcodeIndex].customCode or b"").decode()
    cut = [op for op in graph.operators if name(op) in CUSTOM]
    # Names may repeat; numbers do not.
    for index, tensor in enumerate(graph.tensors):
        tensor.name = f"{index}"
    wanted = list(graph.outputs)
    graph.operators = [op for op in graph.operators if name(op) not in CUSTOM]
    graph.inputs = list(graph.inputs) + [op.outputs[0] for op in cut]
    made = {op.outputs[0] for op in cut}
    needed = {index for op in cut for index in op.inputs} | set(wanted)
    graph.outputs = sorted(needed - made)
    model.signatureDefs = None
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    patched = builder.Output()
    known = {f"{graph.inputs[0]}": feeds}
    shapes = {f"{op.outputs[0]}": graph.tensors[op.outputs[0]].shape for op in cut}
    for op in cut:
        values = run_tflite(patched, {**{key: np.zeros(shape) for key, shape in shapes.items()}, **known})
        values = {**known, **values}
        options = read_options(op.customOptions) if op.customOptions is not None and len(op.customOptions) else {}
        result = CUSTOM[name(op)](options, *(values[f"{index}"] for index in op.inputs))
        known[f"{op.outputs[0]}"] = result.astype(np.float32)
    values = {**known, **run_tflite(patched, known)}
    original = schema.ModelT.InitFromPackedBuf(content).subgraphs[0]
    return {original.tensors[index].name.decode(): values[f"{index}"] for index in wanted}


def write(model, outputs):
    """About 150 numbers of each output, evenly spread, and the largest of all (for the tolerance)."""
    fixture = {}
    for name, values in outputs.items():
        flat = values.ravel()
        step = max(1, flat.size // 150)
        fixture[name] = {
            "length": int(flat.size),
            "step": step,
            "largest": float(f"{np.abs(flat).max():.6g}"),
            "values": [float(f"{value:.8g}") for value in flat[::step]],
        }
    (FIXTURES / f"{model}.json").write_text(json.dumps(fixture) + "\n")
    print(model, {name: (each["length"], each["largest"]) for name, each in fixture.items()})


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for model, size in (("face-detection-short", 128), ("face-detection-full", 192)):
        write(model, run_tflite(read(f"{model}.tflite"), {"input": formula_face(size) / 127.5 - 1}))
    write("selfie-segmentation", run_tflite(read("selfie-segmentation.tflite"), {"input_1": formula_face(256) / 255}))
    write("face-mesh", run_with_custom_operators(read("face-mesh.tflite"), formula_face(192) / 255))
    session = onnxruntime.InferenceSession(read("fr-feature.onnx"))
    planes = ((formula_face(112)[..., ::-1] - 127.5) / 128).transpose(2, 0, 1)[None].astype(np.float32)
    write("fr-feature", {"output": session.run(None, {"input": planes})[0]})


if __name__ == "__main__":
    main()
