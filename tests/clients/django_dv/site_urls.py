"""The library's own pages, and one that tells who is logged in."""

from django.contrib.messages import get_messages
from django.http import JsonResponse
from django.urls import include, path


def told(request):
    """Who is logged in, and what the library told him."""
    who = request.user.name if request.user.is_authenticated else None
    return JsonResponse({"who": who, "messages": [str(each) for each in get_messages(request)]})


urlpatterns = [path("", told), path("", include("digid_eherkenning.urls"))]
