"""The process that holds the network, where the server cannot show it soon: one that hangs."""

import asyncio
import signal

import psutil
import pytest
from PIL import Image

from srgan.hosting import process
from srgan.inference.shipped import SHIPPED
from srgan.serving.process import Worker


def test_a_process_that_hangs_is_ended(tmp_path, monkeypatch):
    Image.new("RGB", (12, 12)).save(tmp_path / "picture.png")

    async def enlarge() -> psutil.Process:
        worker = Worker((str(SHIPPED / "gan"), "1.0", "cpu", "24"), lambda: None)
        await worker.start()
        children = psutil.Process().children()  # other tests may have some, as a browser
        (child,) = (child for child in children if "srgan.serving.worker" in child.cmdline())
        monkeypatch.setattr(process, "SILENT", 0.5)
        child.send_signal(signal.SIGSTOP)
        with pytest.raises(process.WorkerDiedError):
            await worker.enlarge(tmp_path / "picture.png", tmp_path / "enlarged.png")
        assert not worker.ready
        await asyncio.to_thread(child.wait, 60)
        await worker.stop()
        return child

    assert not asyncio.run(enlarge()).is_running()
