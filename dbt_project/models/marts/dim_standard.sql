with standards as (
    select * from {{ ref('policy_benefit_standard') }}
),

final as (
    select
        programme_code,
        coalesce(urban_rural_code, '') as urban_rural_code,
        coalesce(class_code, '') as class_code,
        valid_from as valid_from_date,
        valid_to as valid_to_date,
        amount_yuan,
        coalesce(document_no, '') as document_no,
        verified as is_verified
    from standards
)

select * from final
