with source as (
    select * from {{ source('lake', 'refusals') }}
)

select * from source
